#!/bin/sh
# Who may include whom. Each quoted include is resolved (own folder, compressors/, sim/), the two
# rooms are compared with the table below, and the graph of all files must have no cycle. Code is
# loaded in one place.
set -eu
. tests/lint/files.subr
need_git
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

files 'compressors/*.[ch]' 'sim/*.[ch]' 'compressors/*.def' 'sim/*.def' 'sim/*.h.in' 'sim/*.cmake' >"$work/list"
awk -v list="$work/list" -v edges="$work/edges" '
BEGIN {
    may["base"] = "base"
    may["compressors"] = "base compressors"
    may["workload"] = "base workload"
    may["collective"] = "base collective"
    may["results"] = "base results"
    may["scenario"] = "base scenario"
    may["train"] = "base train workload compressors collective"
    may["network"] = "base network collective"
    may["cli"] = "base cli compressors workload collective train network results scenario"
    while ((getline file < list) > 0) {
        known[file] = 1
        order[++files] = file
    }
    for (i = 1; i <= files; i++)
        read(order[i])
}
function room(file) {
    if (file ~ /^compressors\/base\//) return "base"
    if (file ~ /^compressors\//) return "compressors"
    sub(/^sim\//, "", file)
    sub(/\/.*/, "", file)
    return file
}
# a/b/../c is a/c
function plain(path) {
    while (path ~ /[^\/.]+\/\.\.\//)
        sub(/[^\/.]+\/\.\.\//, "", path)
    return path
}
function resolve(name, folder,    i, path) {
    split(folder " compressors/ sim/", place, " ")
    for (i = 1; i <= 3; i++) {
        path = plain(place[i] name)
        if (path in known) return path
        # made by the build: version.h from version.h.in, build_info.h by build_info.cmake
        if ((path ".in") in known) return path ".in"
        sub(/\.h$/, ".cmake", path)
        if (path in known) return path
    }
    return ""
}
function finding(file, line, text) {
    printf "%s:%d: %s\n", file, line, text
}
function quoted(file, line, name,    target, from, to, folder) {
    folder = file
    sub(/[^\/]*$/, "", folder)
    target = resolve(name, folder)
    from = room(file)
    if (target == "") {
        finding(file, line, "\"" name "\" is in no room")
        return
    }
    to = room(target)
    print file, target > edges
    if (index(" " may[from] " ", " " to " "))
        return
    if (from == "network" && target == "sim/train/trace.h")
        return
    finding(file, line, from " may not include " to " (" target ")")
}
function angled(file, line, name) {
    if (name ~ /^(simgrid|smpi|xbt)\// && file !~ /^sim\/network\/simgrid[^\/]*$/)
        finding(file, line, "only sim/network/simgrid* may include " name)
    if (name ~ /^libxml\// && room(file) != "scenario")
        finding(file, line, "only sim/scenario may include " name)
    if (name ~ /^Random123\// && room(file) != "base")
        finding(file, line, "only compressors/base may include " name)
    if (name ~ /^dlfcn/ && file !~ /^sim\/scenario\/plugin_load[^\/]*$/)
        finding(file, line, "only sim/scenario/plugin_load.c may load code (" name ")")
    if (name ~ /^(jansson|argp|stdio_ext)/ && file ~ /^compressors\//)
        finding(file, line, "compressors/ is usable alone and may not include " name)
}
function read(file,    text, line, name) {
    line = 0
    while ((getline text < file) > 0) {
        line++
        if (text !~ /^[ \t]*#[ \t]*include/)
            continue
        name = text
        if (text ~ /"/) {
            sub(/^[^"]*"/, "", name)
            sub(/".*/, "", name)
            quoted(file, line, name)
        } else {
            sub(/^[^<]*</, "", name)
            sub(/>.*/, "", name)
            angled(file, line, name)
        }
    }
    close(file)
}' >"$work/findings"

if ! tsort "$work/edges" >/dev/null 2>"$work/cycle"; then
    sed 's/^tsort: /include cycle: /' "$work/cycle" >>"$work/findings"
fi
finish "$work/findings"
