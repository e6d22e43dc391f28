# Drawn by thinwire plot; again by hand, in this folder: gnuplot -d speedup-equal-bytes.gp
set encoding utf8
set colorsequence podo
set datafile separator comma
set datafile columnheaders
set datafile missing NaN
# v in the lines of a panel and a series, nothing elsewhere
at(p, s, v) = column('panel') == p && column('series') == s ? v : NaN
do for [kind in 'svg png'] {
    if (kind eq 'svg') {
        set terminal svg size 1604,1046 noenhanced font 'sans-serif,16' background 'white'
    } else {
        set terminal pngcairo size 1604,1046 noenhanced font 'sans-serif,16' background 'white'
    }
    set output 'speedup-equal-bytes.'.kind
    set multiplot
    set border 3 lc rgb '#404040'
    set grid xtics ytics lt 1 dt 1 lc rgb '#dddddd' lw 1
    unset key
    set label 'When does ARC-Top-K beat All-Gather Top-K and dense all-reduce? ResNet-50, reference CPU' at screen 0.50000, screen 0.96750 center font ',21'
    set label 'link latency 25 µs · 25 557 032 values · simgrid:ideal' at screen 0.50000, screen 0.93786 center font ',15' tc rgb '#404040'
    set label 'bandwidth of each node''s link, logarithmic (bit/s)' at screen 0.52618, screen 0.10899 center
    set label 'step time of dense bf16 ÷ step time of the method' at screen 0.01496, screen 0.52008 center rotate by 90
    set label '' at screen 0.16054, screen 0.05832 point lt 6 pt 5 ps 1.3
    set arrow from screen 0.13435, screen 0.05832 to screen 0.18672, screen 0.05832 nohead lt 6 dt 2 lw 2.5
    set label 'ARC-Top-K (r = 4)' at screen 0.19420, screen 0.05832 left
    set label '' at screen 0.38872, screen 0.05832 point lt 7 pt 9 ps 1.3
    set arrow from screen 0.36253, screen 0.05832 to screen 0.41490, screen 0.05832 nohead lt 7 dt 4 lw 2.5
    set label 'All-Gather Top-K, bytes of ARC' at screen 0.42238, screen 0.05832 left
    set label '' at screen 0.68859, screen 0.05832 point lt 4 pt 11 ps 1.3
    set arrow from screen 0.66241, screen 0.05832 to screen 0.71478, screen 0.05832 nohead lt 4 dt 5 lw 2.5
    set label 'rTop-k, bytes of ARC' at screen 0.72226, screen 0.05832 left
    set label '' at screen 0.16054, screen 0.02964 point lt 2 pt 13 ps 1.3
    set arrow from screen 0.13435, screen 0.02964 to screen 0.18672, screen 0.02964 nohead lt 2 dt 3 lw 2.5
    set label 'Rand-K, bytes of ARC' at screen 0.19420, screen 0.02964 left
    set arrow from screen 0.36253, screen 0.02964 to screen 0.41490, screen 0.02964 nohead lw 2 dt 2 lc rgb '#707070'
    set label '1×: as fast as dense bf16' at screen 0.42238, screen 0.02964 left
    positive(v) = v > 0 ? v : NaN
    set lmargin at screen 0.08728; set rmargin at screen 0.33666
    set tmargin at screen 0.87572; set bmargin at screen 0.56979
    set title '4 nodes' offset 0,-0.4
    set logscale x
    set xrange [81283051.6164:123026877081]
    set xtics nomirror ('' 90000000 1, '100 Mbps' 100000000, '' 200000000 1, '' 300000000 1, '' 400000000 1, '' 500000000 1, '' 600000000 1, '' 700000000 1, '' 800000000 1, '' 900000000 1, '1 Gbps' 1000000000, '' 2000000000 1, '' 3000000000 1, '' 4000000000 1, '' 5000000000 1, '' 6000000000 1, '' 7000000000 1, '' 8000000000 1, '' 9000000000 1, '10 Gbps' 10000000000, '' 20000000000 1, '' 30000000000 1, '' 40000000000 1, '' 50000000000 1, '' 60000000000 1, '' 70000000000 1, '' 80000000000 1, '' 90000000000 1, '100 Gbps' 100000000000)
    set logscale y
    set yrange [0.877358405592:30.0190488874]
    set ytics nomirror ('' 0.9 1, '1×' 1, '' 2 1, '3×' 3, '' 4 1, '' 5 1, '' 6 1, '' 7 1, '' 8 1, '' 9 1, '10×' 10, '' 20 1, '30×' 30)
    set arrow from graph 0, first 1 to graph 1, first 1 nohead back lw 2 dt 2 lc rgb '#707070'
    plot 'speedup-equal-bytes.csv' using (at(0, 1, 8*positive(column('bandwidth_Bps')))):(column('speedup')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'speedup-equal-bytes.csv' using (at(0, 2, 8*positive(column('bandwidth_Bps')))):(column('speedup')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle, \
      'speedup-equal-bytes.csv' using (at(0, 3, 8*positive(column('bandwidth_Bps')))):(column('speedup')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 1 notitle, \
      'speedup-equal-bytes.csv' using (at(0, 4, 8*positive(column('bandwidth_Bps')))):(column('speedup')) with linespoints lt 2 dt 3 pt 13 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.40150; set rmargin at screen 0.65087
    set tmargin at screen 0.87572; set bmargin at screen 0.56979
    set title '8 nodes' offset 0,-0.4
    set logscale x
    set xrange [81283051.6164:123026877081]
    set xtics nomirror ('' 90000000 1, '100 Mbps' 100000000, '' 200000000 1, '' 300000000 1, '' 400000000 1, '' 500000000 1, '' 600000000 1, '' 700000000 1, '' 800000000 1, '' 900000000 1, '1 Gbps' 1000000000, '' 2000000000 1, '' 3000000000 1, '' 4000000000 1, '' 5000000000 1, '' 6000000000 1, '' 7000000000 1, '' 8000000000 1, '' 9000000000 1, '10 Gbps' 10000000000, '' 20000000000 1, '' 30000000000 1, '' 40000000000 1, '' 50000000000 1, '' 60000000000 1, '' 70000000000 1, '' 80000000000 1, '' 90000000000 1, '100 Gbps' 100000000000)
    set logscale y
    set yrange [0.877358405592:30.0190488874]
    set ytics nomirror ('' 0.9 1, '' 1, '' 2 1, '' 3, '' 4 1, '' 5 1, '' 6 1, '' 7 1, '' 8 1, '' 9 1, '' 10, '' 20 1, '' 30)
    set arrow from graph 0, first 1 to graph 1, first 1 nohead back lw 2 dt 2 lc rgb '#707070'
    plot 'speedup-equal-bytes.csv' using (at(1, 1, 8*positive(column('bandwidth_Bps')))):(column('speedup')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'speedup-equal-bytes.csv' using (at(1, 2, 8*positive(column('bandwidth_Bps')))):(column('speedup')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle, \
      'speedup-equal-bytes.csv' using (at(1, 3, 8*positive(column('bandwidth_Bps')))):(column('speedup')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 1 notitle, \
      'speedup-equal-bytes.csv' using (at(1, 4, 8*positive(column('bandwidth_Bps')))):(column('speedup')) with linespoints lt 2 dt 3 pt 13 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.71571; set rmargin at screen 0.96509
    set tmargin at screen 0.87572; set bmargin at screen 0.56979
    set title '16 nodes' offset 0,-0.4
    set logscale x
    set xrange [81283051.6164:123026877081]
    set xtics nomirror ('' 90000000 1, '100 Mbps' 100000000, '' 200000000 1, '' 300000000 1, '' 400000000 1, '' 500000000 1, '' 600000000 1, '' 700000000 1, '' 800000000 1, '' 900000000 1, '1 Gbps' 1000000000, '' 2000000000 1, '' 3000000000 1, '' 4000000000 1, '' 5000000000 1, '' 6000000000 1, '' 7000000000 1, '' 8000000000 1, '' 9000000000 1, '10 Gbps' 10000000000, '' 20000000000 1, '' 30000000000 1, '' 40000000000 1, '' 50000000000 1, '' 60000000000 1, '' 70000000000 1, '' 80000000000 1, '' 90000000000 1, '100 Gbps' 100000000000)
    set logscale y
    set yrange [0.877358405592:30.0190488874]
    set ytics nomirror ('' 0.9 1, '' 1, '' 2 1, '' 3, '' 4 1, '' 5 1, '' 6 1, '' 7 1, '' 8 1, '' 9 1, '' 10, '' 20 1, '' 30)
    set arrow from graph 0, first 1 to graph 1, first 1 nohead back lw 2 dt 2 lc rgb '#707070'
    plot 'speedup-equal-bytes.csv' using (at(2, 1, 8*positive(column('bandwidth_Bps')))):(column('speedup')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'speedup-equal-bytes.csv' using (at(2, 2, 8*positive(column('bandwidth_Bps')))):(column('speedup')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle, \
      'speedup-equal-bytes.csv' using (at(2, 3, 8*positive(column('bandwidth_Bps')))):(column('speedup')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 1 notitle, \
      'speedup-equal-bytes.csv' using (at(2, 4, 8*positive(column('bandwidth_Bps')))):(column('speedup')) with linespoints lt 2 dt 3 pt 13 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.08728; set rmargin at screen 0.33666
    set tmargin at screen 0.47801; set bmargin at screen 0.17208
    set title '32 nodes' offset 0,-0.4
    set logscale x
    set xrange [81283051.6164:123026877081]
    set xtics nomirror ('' 90000000 1, '100 Mbps' 100000000, '' 200000000 1, '' 300000000 1, '' 400000000 1, '' 500000000 1, '' 600000000 1, '' 700000000 1, '' 800000000 1, '' 900000000 1, '1 Gbps' 1000000000, '' 2000000000 1, '' 3000000000 1, '' 4000000000 1, '' 5000000000 1, '' 6000000000 1, '' 7000000000 1, '' 8000000000 1, '' 9000000000 1, '10 Gbps' 10000000000, '' 20000000000 1, '' 30000000000 1, '' 40000000000 1, '' 50000000000 1, '' 60000000000 1, '' 70000000000 1, '' 80000000000 1, '' 90000000000 1, '100 Gbps' 100000000000)
    set logscale y
    set yrange [0.877358405592:30.0190488874]
    set ytics nomirror ('' 0.9 1, '1×' 1, '' 2 1, '3×' 3, '' 4 1, '' 5 1, '' 6 1, '' 7 1, '' 8 1, '' 9 1, '10×' 10, '' 20 1, '30×' 30)
    set arrow from graph 0, first 1 to graph 1, first 1 nohead back lw 2 dt 2 lc rgb '#707070'
    plot 'speedup-equal-bytes.csv' using (at(3, 1, 8*positive(column('bandwidth_Bps')))):(column('speedup')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'speedup-equal-bytes.csv' using (at(3, 2, 8*positive(column('bandwidth_Bps')))):(column('speedup')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle, \
      'speedup-equal-bytes.csv' using (at(3, 3, 8*positive(column('bandwidth_Bps')))):(column('speedup')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 1 notitle, \
      'speedup-equal-bytes.csv' using (at(3, 4, 8*positive(column('bandwidth_Bps')))):(column('speedup')) with linespoints lt 2 dt 3 pt 13 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.40150; set rmargin at screen 0.65087
    set tmargin at screen 0.47801; set bmargin at screen 0.17208
    set title '64 nodes' offset 0,-0.4
    set logscale x
    set xrange [81283051.6164:123026877081]
    set xtics nomirror ('' 90000000 1, '100 Mbps' 100000000, '' 200000000 1, '' 300000000 1, '' 400000000 1, '' 500000000 1, '' 600000000 1, '' 700000000 1, '' 800000000 1, '' 900000000 1, '1 Gbps' 1000000000, '' 2000000000 1, '' 3000000000 1, '' 4000000000 1, '' 5000000000 1, '' 6000000000 1, '' 7000000000 1, '' 8000000000 1, '' 9000000000 1, '10 Gbps' 10000000000, '' 20000000000 1, '' 30000000000 1, '' 40000000000 1, '' 50000000000 1, '' 60000000000 1, '' 70000000000 1, '' 80000000000 1, '' 90000000000 1, '100 Gbps' 100000000000)
    set logscale y
    set yrange [0.877358405592:30.0190488874]
    set ytics nomirror ('' 0.9 1, '' 1, '' 2 1, '' 3, '' 4 1, '' 5 1, '' 6 1, '' 7 1, '' 8 1, '' 9 1, '' 10, '' 20 1, '' 30)
    set arrow from graph 0, first 1 to graph 1, first 1 nohead back lw 2 dt 2 lc rgb '#707070'
    plot 'speedup-equal-bytes.csv' using (at(4, 1, 8*positive(column('bandwidth_Bps')))):(column('speedup')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'speedup-equal-bytes.csv' using (at(4, 2, 8*positive(column('bandwidth_Bps')))):(column('speedup')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle, \
      'speedup-equal-bytes.csv' using (at(4, 3, 8*positive(column('bandwidth_Bps')))):(column('speedup')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 1 notitle, \
      'speedup-equal-bytes.csv' using (at(4, 4, 8*positive(column('bandwidth_Bps')))):(column('speedup')) with linespoints lt 2 dt 3 pt 13 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    unset multiplot
    unset output
}
