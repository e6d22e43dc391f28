# Drawn by thinwire plot; again by hand, in this folder: gnuplot -d floor-vs-nodes.gp
set encoding utf8
set colorsequence podo
set datafile separator comma
set datafile columnheaders
set datafile missing NaN
# v in the lines of a panel and a series, nothing elsewhere
at(p, s, v) = column('panel') == p && column('series') == s ? v : NaN
do for [kind in 'svg png'] {
    if (kind eq 'svg') {
        set terminal svg size 1400,860 noenhanced font 'sans-serif,16' background 'white'
    } else {
        set terminal pngcairo size 1400,860 noenhanced font 'sans-serif,16' background 'white'
    }
    set output 'floor-vs-nodes.'.kind
    set multiplot
    set border 3 lc rgb '#404040'
    set grid xtics ytics lt 1 dt 1 lc rgb '#dddddd' lw 1
    unset key
    set label 'Does EF21 need momentum when gradients are noisy?' at screen 0.50000, screen 0.96047 center font ',21'
    set label '1 Gbps · link latency 25 µs · 2 values · maxplus:ideal · mean of 40 repetitions, bands from least to greatest' at screen 0.50000, screen 0.92442 center font ',15' tc rgb '#404040'
    set label 'nodes, logarithmic' at screen 0.53000, screen 0.09767 center
    set label 'loss, mean over the last half of the steps, logarithmic' at screen 0.01714, screen 0.51163 center rotate by 90
    set label '' at screen 0.24250, screen 0.03605 point lt 1 pt 7 ps 1.3
    set arrow from screen 0.21250, screen 0.03605 to screen 0.27250, screen 0.03605 nohead lt 1 dt 1 lw 2.5
    set label 'SGD, dense fp64' at screen 0.28107, screen 0.03605 left
    set label '' at screen 0.46286, screen 0.03605 point lt 6 pt 5 ps 1.3
    set arrow from screen 0.43286, screen 0.03605 to screen 0.49286, screen 0.03605 nohead lt 6 dt 2 lw 2.5
    set label 'Top-1, EF21' at screen 0.50143, screen 0.03605 left
    set label '' at screen 0.65036, screen 0.03605 point lt 7 pt 9 ps 1.3
    set arrow from screen 0.62036, screen 0.03605 to screen 0.68036, screen 0.03605 nohead lt 7 dt 4 lw 2.5
    set label 'Top-1, EF21M' at screen 0.68893, screen 0.03605 left
    positive(v) = v > 0 ? v : NaN
    set lmargin at screen 0.10000; set rmargin at screen 0.96000
    set tmargin at screen 0.89070; set bmargin at screen 0.17442
    set title '' offset 0,-0.4
    set logscale x
    set xrange [0.933254300797:10.7151930524]
    set xtics nomirror ('1' 1, '10' 10)
    set logscale y
    set yrange [2.2544972587e-06:0.00677528253014]
    set ytics nomirror ('3e-06' 3e-06, '' 4e-06 1, '' 5e-06 1, '' 6e-06 1, '' 7e-06 1, '' 8e-06 1, '' 9e-06 1, '1e-05' 1e-05, '' 2e-05 1, '3e-05' 3e-05, '' 4e-05 1, '' 5e-05 1, '' 6e-05 1, '' 7e-05 1, '' 8e-05 1, '' 9e-05 1, '0.0001' 0.0001, '' 0.0002 1, '0.0003' 0.0003, '' 0.0004 1, '' 0.0005 1, '' 0.0006 1, '' 0.0007 1, '' 0.0008 1, '' 0.0009 1, '0.001' 0.001, '' 0.002 1, '0.003' 0.003, '' 0.004 1, '' 0.005 1, '' 0.006 1)
    plot 'floor-vs-nodes.csv' using (at(0, 0, positive(column('nodes')))):(column('floor_min')):(column('floor_max')) with filledcurves lt 1 fs transparent solid 0.15 noborder notitle, \
      'floor-vs-nodes.csv' using (at(0, 1, positive(column('nodes')))):(column('floor_min')):(column('floor_max')) with filledcurves lt 6 fs transparent solid 0.15 noborder notitle, \
      'floor-vs-nodes.csv' using (at(0, 2, positive(column('nodes')))):(column('floor_min')):(column('floor_max')) with filledcurves lt 7 fs transparent solid 0.15 noborder notitle, \
      'floor-vs-nodes.csv' using (at(0, 0, positive(column('nodes')))):(column('floor')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'floor-vs-nodes.csv' using (at(0, 1, positive(column('nodes')))):(column('floor')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'floor-vs-nodes.csv' using (at(0, 2, positive(column('nodes')))):(column('floor')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    unset multiplot
    unset output
}
