/* A cluster as SimGrid platform XML. */
#ifndef TW_NETWORK_PLATFORM_XML_H
#define TW_NETWORK_PLATFORM_XML_H

#include <stdio.h>
#include "network.h"

/* Hosts are called node-0 … node-(nodes−1). Equal nodes become one <cluster> (SPLITDUPLEX links, no
 * backbone unless an attribute asks for one), unequal ones a zone of routing "Cluster" with a link
 * for each; fabrics call them otherwise (fabric_gpu.c, fabric_wan.c). The platform must have passed
 * tw_platform_check. TW_IO when writing fails. */
tw_status tw_platform_xml_write(const struct tw_platform *platform, FILE *to) TW_MUST_CHECK;

/* The same into an anonymous file in memory; *descriptor is owned by the caller and can be read as
 * /proc/self/fd/N. TW_IO. */
tw_status tw_platform_xml_open(const struct tw_platform *platform, int *descriptor) TW_MUST_CHECK;

/* Background traffic of a rate comes from a host of its own, of this name and number, over a link
 * of that name: what is nobody's node. */
#define TW_RATED_NAME "~background-"

#endif
