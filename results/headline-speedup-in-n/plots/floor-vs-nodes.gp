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
    set label 'Does more nodes mean less noise, with and without compression?' at screen 0.50000, screen 0.96047 center font ',21'
    set label '1 Gbps · link latency 25 µs · 100 values · maxplus:ideal' at screen 0.50000, screen 0.92442 center font ',15' tc rgb '#404040'
    set label 'nodes, logarithmic' at screen 0.53000, screen 0.13256 center
    set label 'loss, mean over the last half of the steps, logarithmic' at screen 0.01714, screen 0.52907 center rotate by 90
    set label '' at screen 0.12000, screen 0.07093 point lt 1 pt 7 ps 1.3
    set arrow from screen 0.09000, screen 0.07093 to screen 0.15000, screen 0.07093 nohead lt 1 dt 1 lw 2.5
    set label 'SGD, dense fp64' at screen 0.15857, screen 0.07093 left
    set label '' at screen 0.34036, screen 0.07093 point lt 6 pt 5 ps 1.3
    set arrow from screen 0.31036, screen 0.07093 to screen 0.37036, screen 0.07093 nohead lt 6 dt 2 lw 2.5
    set label 'Top-K, EF21M' at screen 0.37893, screen 0.07093 left
    set label '' at screen 0.53607, screen 0.07093 point lt 7 pt 9 ps 1.3
    set arrow from screen 0.50607, screen 0.07093 to screen 0.56607, screen 0.07093 nohead lt 7 dt 4 lw 2.5
    set label 'Rand-K, EF21M' at screen 0.57464, screen 0.07093 left
    set label '' at screen 0.74000, screen 0.07093 point lt 4 pt 11 ps 1.3
    set arrow from screen 0.71000, screen 0.07093 to screen 0.77000, screen 0.07093 nohead lt 4 dt 5 lw 2.5
    set label 'ARC-Top-K, EF21M' at screen 0.77857, screen 0.07093 left
    set label '' at screen 0.12000, screen 0.03605 point lt 2 pt 13 ps 1.3
    set arrow from screen 0.09000, screen 0.03605 to screen 0.15000, screen 0.03605 nohead lt 2 dt 3 lw 2.5
    set label 'Top-K, EF14' at screen 0.15857, screen 0.03605 left
    set label '' at screen 0.34036, screen 0.03605 point lt 3 pt 6 ps 1.3
    set arrow from screen 0.31036, screen 0.03605 to screen 0.37036, screen 0.03605 nohead lt 3 dt 1 lw 2.5
    set label 'Top-K, EF21' at screen 0.37893, screen 0.03605 left
    positive(v) = v > 0 ? v : NaN
    set lmargin at screen 0.10000; set rmargin at screen 0.96000
    set tmargin at screen 0.89070; set bmargin at screen 0.20930
    set title '' offset 0,-0.4
    set logscale x
    set xrange [0.901250462611:35.5062231062]
    set xtics nomirror ('1' 1, '2' 2, '4' 4, '8' 8, '16' 16, '32' 32)
    set logscale y
    set yrange [0.0324225979688:14.6372181752]
    set ytics nomirror ('' 0.04 1, '0.05' 0.05, '' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '0.1' 0.1, '0.2' 0.2, '' 0.3 1, '' 0.4 1, '0.5' 0.5, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1, '1' 1, '2' 2, '' 3 1, '' 4 1, '5' 5, '' 6 1, '' 7 1, '' 8 1, '' 9 1, '10' 10)
    plot 'floor-vs-nodes.csv' using (at(0, 0, positive(column('nodes')))):(column('floor')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'floor-vs-nodes.csv' using (at(0, 1, positive(column('nodes')))):(column('floor')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'floor-vs-nodes.csv' using (at(0, 2, positive(column('nodes')))):(column('floor')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle, \
      'floor-vs-nodes.csv' using (at(0, 3, positive(column('nodes')))):(column('floor')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 1 notitle, \
      'floor-vs-nodes.csv' using (at(0, 4, positive(column('nodes')))):(column('floor')) with linespoints lt 2 dt 3 pt 13 ps 1.3 lw 2.5 pi 1 notitle, \
      'floor-vs-nodes.csv' using (at(0, 5, positive(column('nodes')))):(column('floor')) with linespoints lt 3 dt 1 pt 6 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    unset multiplot
    unset output
}
