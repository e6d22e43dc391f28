# Drawn by thinwire plot; again by hand, in this folder: gnuplot -d time-vs-bandwidth.gp
set encoding utf8
set colorsequence podo
set datafile separator comma
set datafile columnheaders
set datafile missing NaN
# v in the lines of a panel and a series, nothing elsewhere
at(p, s, v) = column('panel') == p && column('series') == s ? v : NaN
do for [kind in 'svg png'] {
    if (kind eq 'svg') {
        set terminal svg size 1604,1076 noenhanced font 'sans-serif,16' background 'white'
    } else {
        set terminal pngcairo size 1604,1076 noenhanced font 'sans-serif,16' background 'white'
    }
    set output 'time-vs-bandwidth.'.kind
    set multiplot
    set border 3 lc rgb '#404040'
    set grid xtics ytics lt 1 dt 1 lc rgb '#dddddd' lw 1
    unset key
    set label 'When does ARC-Top-K beat All-Gather Top-K and dense all-reduce? ResNet-50, reference CPU' at screen 0.50000, screen 0.96840 center font ',21'
    set label 'link latency 25 µs · 25 557 032 values · simgrid:ideal' at screen 0.50000, screen 0.93959 center font ',15' tc rgb '#404040'
    set label 'bandwidth of each node''s link, logarithmic (bit/s)' at screen 0.52618, screen 0.13383 center
    set label 'time of a step, logarithmic (lower is better)' at screen 0.01496, screen 0.53346 center rotate by 90
    set label '' at screen 0.05720, screen 0.08457 point lt 1 pt 7 ps 1.3
    set arrow from screen 0.03102, screen 0.08457 to screen 0.08339, screen 0.08457 nohead lt 1 dt 1 lw 2.5
    set label 'dense fp32' at screen 0.09087, screen 0.08457 left
    set label '' at screen 0.28538, screen 0.08457 point lt 6 pt 5 ps 1.3
    set arrow from screen 0.25920, screen 0.08457 to screen 0.31156, screen 0.08457 nohead lt 6 dt 2 lw 2.5
    set label 'dense bf16' at screen 0.31905, screen 0.08457 left
    set label '' at screen 0.49205, screen 0.08457 point lt 7 pt 9 ps 1.3
    set arrow from screen 0.46587, screen 0.08457 to screen 0.51824, screen 0.08457 nohead lt 7 dt 4 lw 2.5
    set label 'All-Gather Top-K' at screen 0.52572, screen 0.08457 left
    set label '' at screen 0.79193, screen 0.08457 point lt 4 pt 11 ps 1.3
    set arrow from screen 0.76574, screen 0.08457 to screen 0.81811, screen 0.08457 nohead lt 4 dt 5 lw 2.5
    set label 'rTop-k (r = 4k)' at screen 0.82559, screen 0.08457 left
    set label '' at screen 0.05720, screen 0.05669 point lt 2 pt 13 ps 1.3
    set arrow from screen 0.03102, screen 0.05669 to screen 0.08339, screen 0.05669 nohead lt 2 dt 3 lw 2.5
    set label 'Rand-K' at screen 0.09087, screen 0.05669 left
    set label '' at screen 0.28538, screen 0.05669 point lt 3 pt 6 ps 1.3
    set arrow from screen 0.25920, screen 0.05669 to screen 0.31156, screen 0.05669 nohead lt 3 dt 1 lw 2.5
    set label 'ARC-Top-K (r = 4)' at screen 0.31905, screen 0.05669 left
    set label '' at screen 0.49205, screen 0.05669 point lt 8 pt 7 ps 1.3
    set arrow from screen 0.46587, screen 0.05669 to screen 0.51824, screen 0.05669 nohead lt 8 dt 2 lw 2.5
    set label 'All-Gather Top-K, bytes of ARC' at screen 0.52572, screen 0.05669 left
    set label '' at screen 0.79193, screen 0.05669 point lt 5 pt 5 ps 1.3
    set arrow from screen 0.76574, screen 0.05669 to screen 0.81811, screen 0.05669 nohead lt 5 dt 4 lw 2.5
    set label 'rTop-k, bytes of ARC' at screen 0.82559, screen 0.05669 left
    set label '' at screen 0.05720, screen 0.02881 point lt 1 pt 9 ps 1.3
    set arrow from screen 0.03102, screen 0.02881 to screen 0.08339, screen 0.02881 nohead lt 1 dt 5 lw 2.5
    set label 'Rand-K, bytes of ARC' at screen 0.09087, screen 0.02881 left
    positive(v) = v > 0 ? v : NaN
    set lmargin at screen 0.08728; set rmargin at screen 0.33666
    set tmargin at screen 0.87918; set bmargin at screen 0.58178
    set title '4 nodes' offset 0,-0.4
    set logscale x
    set xrange [81283051.6164:123026877081]
    set xtics nomirror ('' 90000000 1, '100 Mbps' 100000000, '' 200000000 1, '' 300000000 1, '' 400000000 1, '' 500000000 1, '' 600000000 1, '' 700000000 1, '' 800000000 1, '' 900000000 1, '1 Gbps' 1000000000, '' 2000000000 1, '' 3000000000 1, '' 4000000000 1, '' 5000000000 1, '' 6000000000 1, '' 7000000000 1, '' 8000000000 1, '' 9000000000 1, '10 Gbps' 10000000000, '' 20000000000 1, '' 30000000000 1, '' 40000000000 1, '' 50000000000 1, '' 60000000000 1, '' 70000000000 1, '' 80000000000 1, '' 90000000000 1, '100 Gbps' 100000000000)
    set logscale y
    set yrange [0.0152977436626:21.0651297929]
    set ytics nomirror ('' 0.02 1, '' 0.03 1, '' 0.04 1, '' 0.05 1, '' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '100 ms' 0.1, '' 0.2 1, '' 0.3 1, '' 0.4 1, '' 0.5 1, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1, '1 s' 1, '' 2 1, '' 3 1, '' 4 1, '' 5 1, '' 6 1, '' 7 1, '' 8 1, '' 9 1, '10 s' 10, '' 20 1)
    plot 'time-vs-bandwidth.csv' using (at(0, 0, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(0, 1, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(0, 2, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(0, 3, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(0, 4, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 2 dt 3 pt 13 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(0, 5, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 3 dt 1 pt 6 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(0, 6, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 8 dt 2 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(0, 7, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 5 dt 4 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(0, 8, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 1 dt 5 pt 9 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.40150; set rmargin at screen 0.65087
    set tmargin at screen 0.87918; set bmargin at screen 0.58178
    set title '8 nodes' offset 0,-0.4
    set logscale x
    set xrange [81283051.6164:123026877081]
    set xtics nomirror ('' 90000000 1, '100 Mbps' 100000000, '' 200000000 1, '' 300000000 1, '' 400000000 1, '' 500000000 1, '' 600000000 1, '' 700000000 1, '' 800000000 1, '' 900000000 1, '1 Gbps' 1000000000, '' 2000000000 1, '' 3000000000 1, '' 4000000000 1, '' 5000000000 1, '' 6000000000 1, '' 7000000000 1, '' 8000000000 1, '' 9000000000 1, '10 Gbps' 10000000000, '' 20000000000 1, '' 30000000000 1, '' 40000000000 1, '' 50000000000 1, '' 60000000000 1, '' 70000000000 1, '' 80000000000 1, '' 90000000000 1, '100 Gbps' 100000000000)
    set logscale y
    set yrange [0.0152977436626:21.0651297929]
    set ytics nomirror ('' 0.02 1, '' 0.03 1, '' 0.04 1, '' 0.05 1, '' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '' 0.1, '' 0.2 1, '' 0.3 1, '' 0.4 1, '' 0.5 1, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1, '' 1, '' 2 1, '' 3 1, '' 4 1, '' 5 1, '' 6 1, '' 7 1, '' 8 1, '' 9 1, '' 10, '' 20 1)
    plot 'time-vs-bandwidth.csv' using (at(1, 0, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(1, 1, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(1, 2, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(1, 3, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(1, 4, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 2 dt 3 pt 13 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(1, 5, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 3 dt 1 pt 6 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(1, 6, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 8 dt 2 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(1, 7, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 5 dt 4 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(1, 8, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 1 dt 5 pt 9 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.71571; set rmargin at screen 0.96509
    set tmargin at screen 0.87918; set bmargin at screen 0.58178
    set title '16 nodes' offset 0,-0.4
    set logscale x
    set xrange [81283051.6164:123026877081]
    set xtics nomirror ('' 90000000 1, '100 Mbps' 100000000, '' 200000000 1, '' 300000000 1, '' 400000000 1, '' 500000000 1, '' 600000000 1, '' 700000000 1, '' 800000000 1, '' 900000000 1, '1 Gbps' 1000000000, '' 2000000000 1, '' 3000000000 1, '' 4000000000 1, '' 5000000000 1, '' 6000000000 1, '' 7000000000 1, '' 8000000000 1, '' 9000000000 1, '10 Gbps' 10000000000, '' 20000000000 1, '' 30000000000 1, '' 40000000000 1, '' 50000000000 1, '' 60000000000 1, '' 70000000000 1, '' 80000000000 1, '' 90000000000 1, '100 Gbps' 100000000000)
    set logscale y
    set yrange [0.0152977436626:21.0651297929]
    set ytics nomirror ('' 0.02 1, '' 0.03 1, '' 0.04 1, '' 0.05 1, '' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '' 0.1, '' 0.2 1, '' 0.3 1, '' 0.4 1, '' 0.5 1, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1, '' 1, '' 2 1, '' 3 1, '' 4 1, '' 5 1, '' 6 1, '' 7 1, '' 8 1, '' 9 1, '' 10, '' 20 1)
    plot 'time-vs-bandwidth.csv' using (at(2, 0, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(2, 1, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(2, 2, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(2, 3, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(2, 4, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 2 dt 3 pt 13 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(2, 5, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 3 dt 1 pt 6 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(2, 6, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 8 dt 2 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(2, 7, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 5 dt 4 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(2, 8, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 1 dt 5 pt 9 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.08728; set rmargin at screen 0.33666
    set tmargin at screen 0.49257; set bmargin at screen 0.19517
    set title '32 nodes' offset 0,-0.4
    set logscale x
    set xrange [81283051.6164:123026877081]
    set xtics nomirror ('' 90000000 1, '100 Mbps' 100000000, '' 200000000 1, '' 300000000 1, '' 400000000 1, '' 500000000 1, '' 600000000 1, '' 700000000 1, '' 800000000 1, '' 900000000 1, '1 Gbps' 1000000000, '' 2000000000 1, '' 3000000000 1, '' 4000000000 1, '' 5000000000 1, '' 6000000000 1, '' 7000000000 1, '' 8000000000 1, '' 9000000000 1, '10 Gbps' 10000000000, '' 20000000000 1, '' 30000000000 1, '' 40000000000 1, '' 50000000000 1, '' 60000000000 1, '' 70000000000 1, '' 80000000000 1, '' 90000000000 1, '100 Gbps' 100000000000)
    set logscale y
    set yrange [0.0152977436626:21.0651297929]
    set ytics nomirror ('' 0.02 1, '' 0.03 1, '' 0.04 1, '' 0.05 1, '' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '100 ms' 0.1, '' 0.2 1, '' 0.3 1, '' 0.4 1, '' 0.5 1, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1, '1 s' 1, '' 2 1, '' 3 1, '' 4 1, '' 5 1, '' 6 1, '' 7 1, '' 8 1, '' 9 1, '10 s' 10, '' 20 1)
    plot 'time-vs-bandwidth.csv' using (at(3, 0, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(3, 1, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(3, 2, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(3, 3, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(3, 4, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 2 dt 3 pt 13 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(3, 5, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 3 dt 1 pt 6 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(3, 6, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 8 dt 2 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(3, 7, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 5 dt 4 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(3, 8, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 1 dt 5 pt 9 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.40150; set rmargin at screen 0.65087
    set tmargin at screen 0.49257; set bmargin at screen 0.19517
    set title '64 nodes' offset 0,-0.4
    set logscale x
    set xrange [81283051.6164:123026877081]
    set xtics nomirror ('' 90000000 1, '100 Mbps' 100000000, '' 200000000 1, '' 300000000 1, '' 400000000 1, '' 500000000 1, '' 600000000 1, '' 700000000 1, '' 800000000 1, '' 900000000 1, '1 Gbps' 1000000000, '' 2000000000 1, '' 3000000000 1, '' 4000000000 1, '' 5000000000 1, '' 6000000000 1, '' 7000000000 1, '' 8000000000 1, '' 9000000000 1, '10 Gbps' 10000000000, '' 20000000000 1, '' 30000000000 1, '' 40000000000 1, '' 50000000000 1, '' 60000000000 1, '' 70000000000 1, '' 80000000000 1, '' 90000000000 1, '100 Gbps' 100000000000)
    set logscale y
    set yrange [0.0152977436626:21.0651297929]
    set ytics nomirror ('' 0.02 1, '' 0.03 1, '' 0.04 1, '' 0.05 1, '' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '' 0.1, '' 0.2 1, '' 0.3 1, '' 0.4 1, '' 0.5 1, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1, '' 1, '' 2 1, '' 3 1, '' 4 1, '' 5 1, '' 6 1, '' 7 1, '' 8 1, '' 9 1, '' 10, '' 20 1)
    plot 'time-vs-bandwidth.csv' using (at(4, 0, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(4, 1, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(4, 2, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(4, 3, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(4, 4, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 2 dt 3 pt 13 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(4, 5, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 3 dt 1 pt 6 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(4, 6, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 8 dt 2 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(4, 7, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 5 dt 4 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-bandwidth.csv' using (at(4, 8, 8*positive(column('bandwidth_Bps')))):(column('step_time_s')) with linespoints lt 1 dt 5 pt 9 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    unset multiplot
    unset output
}
