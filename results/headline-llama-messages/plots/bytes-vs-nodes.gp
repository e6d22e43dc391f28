# Drawn by thinwire plot; again by hand, in this folder: gnuplot -d bytes-vs-nodes.gp
set encoding utf8
set colorsequence podo
set datafile separator comma
set datafile columnheaders
set datafile missing NaN
# v in the lines of a panel and a series, nothing elsewhere
at(p, s, v) = column('panel') == p && column('series') == s ? v : NaN
do for [kind in 'svg png'] {
    if (kind eq 'svg') {
        set terminal svg size 1400,1046 noenhanced font 'sans-serif,16' background 'white'
    } else {
        set terminal pngcairo size 1400,1046 noenhanced font 'sans-serif,16' background 'white'
    }
    set output 'bytes-vs-nodes.'.kind
    set multiplot
    set border 3 lc rgb '#404040'
    set grid xtics ytics lt 1 dt 1 lc rgb '#dddddd' lw 1
    unset key
    set label 'How many bytes does a rank send for the four LLaMA models?' at screen 0.50000, screen 0.96750 center font ',21'
    set label '10 Gbps · link latency 25 µs · maxplus:ideal' at screen 0.50000, screen 0.93786 center font ',15' tc rgb '#404040'
    set label 'nodes, logarithmic' at screen 0.53000, screen 0.10899 center
    set label 'payload a rank sends in a step, logarithmic' at screen 0.01714, screen 0.52008 center rotate by 90
    set label '' at screen 0.13982, screen 0.05832 point lt 1 pt 7 ps 1.3
    set arrow from screen 0.10982, screen 0.05832 to screen 0.16982, screen 0.05832 nohead lt 1 dt 1 lw 2.5
    set label 'dense fp32' at screen 0.17839, screen 0.05832 left
    set label '' at screen 0.32732, screen 0.05832 point lt 6 pt 5 ps 1.3
    set arrow from screen 0.29732, screen 0.05832 to screen 0.35732, screen 0.05832 nohead lt 6 dt 2 lw 2.5
    set label 'dense bf16' at screen 0.36589, screen 0.05832 left
    set label '' at screen 0.64625, screen 0.05832 point lt 7 pt 9 ps 1.3
    set arrow from screen 0.61625, screen 0.05832 to screen 0.67625, screen 0.05832 nohead lt 7 dt 4 lw 2.5
    set label 'All-Gather Top-K 20 %' at screen 0.68482, screen 0.05832 left
    set label '' at screen 0.13982, screen 0.02964 point lt 4 pt 11 ps 1.3
    set arrow from screen 0.10982, screen 0.02964 to screen 0.16982, screen 0.02964 nohead lt 4 dt 5 lw 2.5
    set label 'Rand-K 20 %' at screen 0.17839, screen 0.02964 left
    set label '' at screen 0.32732, screen 0.02964 point lt 2 pt 13 ps 1.3
    set arrow from screen 0.29732, screen 0.02964 to screen 0.35732, screen 0.02964 nohead lt 2 dt 3 lw 2.5
    set label 'ARC-Top-K 20 %, as released' at screen 0.36589, screen 0.02964 left
    set label '' at screen 0.64625, screen 0.02964 point lt 3 pt 6 ps 1.3
    set arrow from screen 0.61625, screen 0.02964 to screen 0.67625, screen 0.02964 nohead lt 3 dt 1 lw 2.5
    set label 'ARC-Top-K 20 %, 1-D dense' at screen 0.68482, screen 0.02964 left
    positive(v) = v > 0 ? v : NaN
    set lmargin at screen 0.10000; set rmargin at screen 0.49286
    set tmargin at screen 0.87572; set bmargin at screen 0.56979
    set title '58 073 600 values' offset 0,-0.4
    set logscale x
    set xrange [1.80250092522:71.0124462123]
    set xtics nomirror ('2' 2, '4' 4, '16' 16, '64' 64)
    set logscale y
    set yrange [33770628.5412:185693083384]
    set ytics nomirror ('' 40000000 1, '' 50000000 1, '' 60000000 1, '' 70000000 1, '' 80000000 1, '' 90000000 1, '100 MB' 100000000, '' 200000000 1, '' 300000000 1, '' 400000000 1, '' 500000000 1, '' 600000000 1, '' 700000000 1, '' 800000000 1, '' 900000000 1, '1 GB' 1000000000, '' 2000000000 1, '' 3000000000 1, '' 4000000000 1, '' 5000000000 1, '' 6000000000 1, '' 7000000000 1, '' 8000000000 1, '' 9000000000 1, '10 GB' 10000000000, '' 20000000000 1, '' 30000000000 1, '' 40000000000 1, '' 50000000000 1, '' 60000000000 1, '' 70000000000 1, '' 80000000000 1, '' 90000000000 1, '100 GB' 100000000000)
    plot 'bytes-vs-nodes.csv' using (at(0, 0, positive(column('nodes')))):(column('sent_B_per_rank')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'bytes-vs-nodes.csv' using (at(0, 1, positive(column('nodes')))):(column('sent_B_per_rank')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'bytes-vs-nodes.csv' using (at(0, 2, positive(column('nodes')))):(column('sent_B_per_rank')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle, \
      'bytes-vs-nodes.csv' using (at(0, 3, positive(column('nodes')))):(column('sent_B_per_rank')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 1 notitle, \
      'bytes-vs-nodes.csv' using (at(0, 4, positive(column('nodes')))):(column('sent_B_per_rank')) with linespoints lt 2 dt 3 pt 13 ps 1.3 lw 2.5 pi 1 notitle, \
      'bytes-vs-nodes.csv' using (at(0, 5, positive(column('nodes')))):(column('sent_B_per_rank')) with linespoints lt 3 dt 1 pt 6 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.56714; set rmargin at screen 0.96000
    set tmargin at screen 0.87572; set bmargin at screen 0.56979
    set title '134 105 856 values' offset 0,-0.4
    set logscale x
    set xrange [1.80250092522:71.0124462123]
    set xtics nomirror ('2' 2, '4' 4, '16' 16, '64' 64)
    set logscale y
    set yrange [33770628.5412:185693083384]
    set ytics nomirror ('' 40000000 1, '' 50000000 1, '' 60000000 1, '' 70000000 1, '' 80000000 1, '' 90000000 1, '' 100000000, '' 200000000 1, '' 300000000 1, '' 400000000 1, '' 500000000 1, '' 600000000 1, '' 700000000 1, '' 800000000 1, '' 900000000 1, '' 1000000000, '' 2000000000 1, '' 3000000000 1, '' 4000000000 1, '' 5000000000 1, '' 6000000000 1, '' 7000000000 1, '' 8000000000 1, '' 9000000000 1, '' 10000000000, '' 20000000000 1, '' 30000000000 1, '' 40000000000 1, '' 50000000000 1, '' 60000000000 1, '' 70000000000 1, '' 80000000000 1, '' 90000000000 1, '' 100000000000)
    plot 'bytes-vs-nodes.csv' using (at(1, 0, positive(column('nodes')))):(column('sent_B_per_rank')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'bytes-vs-nodes.csv' using (at(1, 1, positive(column('nodes')))):(column('sent_B_per_rank')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'bytes-vs-nodes.csv' using (at(1, 2, positive(column('nodes')))):(column('sent_B_per_rank')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle, \
      'bytes-vs-nodes.csv' using (at(1, 3, positive(column('nodes')))):(column('sent_B_per_rank')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 1 notitle, \
      'bytes-vs-nodes.csv' using (at(1, 4, positive(column('nodes')))):(column('sent_B_per_rank')) with linespoints lt 2 dt 3 pt 13 ps 1.3 lw 2.5 pi 1 notitle, \
      'bytes-vs-nodes.csv' using (at(1, 5, positive(column('nodes')))):(column('sent_B_per_rank')) with linespoints lt 3 dt 1 pt 6 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.10000; set rmargin at screen 0.49286
    set tmargin at screen 0.47801; set bmargin at screen 0.17208
    set title '367 969 280 values' offset 0,-0.4
    set logscale x
    set xrange [1.80250092522:71.0124462123]
    set xtics nomirror ('2' 2, '4' 4, '16' 16, '64' 64)
    set logscale y
    set yrange [33770628.5412:185693083384]
    set ytics nomirror ('' 40000000 1, '' 50000000 1, '' 60000000 1, '' 70000000 1, '' 80000000 1, '' 90000000 1, '100 MB' 100000000, '' 200000000 1, '' 300000000 1, '' 400000000 1, '' 500000000 1, '' 600000000 1, '' 700000000 1, '' 800000000 1, '' 900000000 1, '1 GB' 1000000000, '' 2000000000 1, '' 3000000000 1, '' 4000000000 1, '' 5000000000 1, '' 6000000000 1, '' 7000000000 1, '' 8000000000 1, '' 9000000000 1, '10 GB' 10000000000, '' 20000000000 1, '' 30000000000 1, '' 40000000000 1, '' 50000000000 1, '' 60000000000 1, '' 70000000000 1, '' 80000000000 1, '' 90000000000 1, '100 GB' 100000000000)
    plot 'bytes-vs-nodes.csv' using (at(2, 0, positive(column('nodes')))):(column('sent_B_per_rank')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'bytes-vs-nodes.csv' using (at(2, 1, positive(column('nodes')))):(column('sent_B_per_rank')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'bytes-vs-nodes.csv' using (at(2, 2, positive(column('nodes')))):(column('sent_B_per_rank')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle, \
      'bytes-vs-nodes.csv' using (at(2, 3, positive(column('nodes')))):(column('sent_B_per_rank')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 1 notitle, \
      'bytes-vs-nodes.csv' using (at(2, 4, positive(column('nodes')))):(column('sent_B_per_rank')) with linespoints lt 2 dt 3 pt 13 ps 1.3 lw 2.5 pi 1 notitle, \
      'bytes-vs-nodes.csv' using (at(2, 5, positive(column('nodes')))):(column('sent_B_per_rank')) with linespoints lt 3 dt 1 pt 6 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.56714; set rmargin at screen 0.96000
    set tmargin at screen 0.47801; set bmargin at screen 0.17208
    set title '1 339 082 752 values' offset 0,-0.4
    set logscale x
    set xrange [1.80250092522:71.0124462123]
    set xtics nomirror ('2' 2, '4' 4, '16' 16, '64' 64)
    set logscale y
    set yrange [33770628.5412:185693083384]
    set ytics nomirror ('' 40000000 1, '' 50000000 1, '' 60000000 1, '' 70000000 1, '' 80000000 1, '' 90000000 1, '' 100000000, '' 200000000 1, '' 300000000 1, '' 400000000 1, '' 500000000 1, '' 600000000 1, '' 700000000 1, '' 800000000 1, '' 900000000 1, '' 1000000000, '' 2000000000 1, '' 3000000000 1, '' 4000000000 1, '' 5000000000 1, '' 6000000000 1, '' 7000000000 1, '' 8000000000 1, '' 9000000000 1, '' 10000000000, '' 20000000000 1, '' 30000000000 1, '' 40000000000 1, '' 50000000000 1, '' 60000000000 1, '' 70000000000 1, '' 80000000000 1, '' 90000000000 1, '' 100000000000)
    plot 'bytes-vs-nodes.csv' using (at(3, 0, positive(column('nodes')))):(column('sent_B_per_rank')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'bytes-vs-nodes.csv' using (at(3, 1, positive(column('nodes')))):(column('sent_B_per_rank')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'bytes-vs-nodes.csv' using (at(3, 2, positive(column('nodes')))):(column('sent_B_per_rank')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle, \
      'bytes-vs-nodes.csv' using (at(3, 3, positive(column('nodes')))):(column('sent_B_per_rank')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 1 notitle, \
      'bytes-vs-nodes.csv' using (at(3, 4, positive(column('nodes')))):(column('sent_B_per_rank')) with linespoints lt 2 dt 3 pt 13 ps 1.3 lw 2.5 pi 1 notitle, \
      'bytes-vs-nodes.csv' using (at(3, 5, positive(column('nodes')))):(column('sent_B_per_rank')) with linespoints lt 3 dt 1 pt 6 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    unset multiplot
    unset output
}
