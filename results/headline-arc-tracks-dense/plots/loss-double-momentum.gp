# Drawn by thinwire plot; again by hand, in this folder: gnuplot -d loss-double-momentum.gp
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
    set output 'loss-double-momentum.'.kind
    set multiplot
    set border 3 lc rgb '#404040'
    set grid xtics ytics lt 1 dt 1 lc rgb '#dddddd' lw 1
    unset key
    set label 'Does ARC-Top-K follow dense training where local Top-K stalls?' at screen 0.50000, screen 0.96047 center font ',21'
    set label '10 nodes · 1 Gbps · link latency 25 µs · 2 000 values · simgrid:ideal' at screen 0.50000, screen 0.92442 center font ',15' tc rgb '#404040'
    set label 'simulated time' at screen 0.53000, screen 0.16744 center
    set label 'loss, mean over ranks (lower is better)' at screen 0.01714, screen 0.54651 center rotate by 90
    set label '' at screen 0.16786, screen 0.10581 point lt 1 pt 7 ps 1.3
    set arrow from screen 0.13786, screen 0.10581 to screen 0.19786, screen 0.10581 nohead lt 1 dt 1 lw 2.5
    set label 'dense fp64, momentum' at screen 0.20643, screen 0.10581 left
    set label '' at screen 0.53607, screen 0.10581 point lt 6 pt 5 ps 1.3
    set arrow from screen 0.50607, screen 0.10581 to screen 0.56607, screen 0.10581 nohead lt 6 dt 2 lw 2.5
    set label 'dense fp64, double momentum' at screen 0.57464, screen 0.10581 left
    set label '' at screen 0.16786, screen 0.07093 point lt 7 pt 9 ps 1.3
    set arrow from screen 0.13786, screen 0.07093 to screen 0.19786, screen 0.07093 nohead lt 7 dt 4 lw 2.5
    set label 'random blocks, double momentum' at screen 0.20643, screen 0.07093 left
    set label '' at screen 0.53607, screen 0.07093 point lt 4 pt 11 ps 1.3
    set arrow from screen 0.50607, screen 0.07093 to screen 0.56607, screen 0.07093 nohead lt 4 dt 5 lw 2.5
    set label 'local Top-K blocks, double momentum' at screen 0.57464, screen 0.07093 left
    set label '' at screen 0.16786, screen 0.03605 point lt 2 pt 13 ps 1.3
    set arrow from screen 0.13786, screen 0.03605 to screen 0.19786, screen 0.03605 nohead lt 2 dt 3 lw 2.5
    set label 'ARC, exact norms, double momentum' at screen 0.20643, screen 0.03605 left
    set label '' at screen 0.53607, screen 0.03605 point lt 3 pt 6 ps 1.3
    set arrow from screen 0.50607, screen 0.03605 to screen 0.56607, screen 0.03605 nohead lt 3 dt 1 lw 2.5
    set label 'ARC-Top-K (r = 2), double momentum' at screen 0.57464, screen 0.03605 left
    positive(v) = v > 0 ? v : NaN
    set lmargin at screen 0.10000; set rmargin at screen 0.96000
    set tmargin at screen 0.89070; set bmargin at screen 0.24419
    set title '' offset 0,-0.4
    unset logscale x
    set xrange [0:1.913328]
    set xtics nomirror ('0' 0, '200 ms' 0.2, '400 ms' 0.4, '600 ms' 0.6, '800 ms' 0.8, '1 s' 1, '1.2 s' 1.2, '1.4 s' 1.4, '1.6 s' 1.6, '1.8 s' 1.8)
    set logscale y
    set yrange [2.26898530325e-10:170268.732831]
    set ytics nomirror ('1e-08' 1e-08, '1e-06' 1e-06, '0.0001' 0.0001, '0.01' 0.01, '1' 1, '100' 100, '10000' 10000)
    plot 'loss-double-momentum.csv' using (at(0, 0, column('time_s'))):(column('loss')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 7 notitle, \
      'loss-double-momentum.csv' using (at(0, 1, column('time_s'))):(column('loss')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 7 notitle, \
      'loss-double-momentum.csv' using (at(0, 2, column('time_s'))):(column('loss')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 7 notitle, \
      'loss-double-momentum.csv' using (at(0, 3, column('time_s'))):(column('loss')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 7 notitle, \
      'loss-double-momentum.csv' using (at(0, 4, column('time_s'))):(column('loss')) with linespoints lt 2 dt 3 pt 13 ps 1.3 lw 2.5 pi 7 notitle, \
      'loss-double-momentum.csv' using (at(0, 5, column('time_s'))):(column('loss')) with linespoints lt 3 dt 1 pt 6 ps 1.3 lw 2.5 pi 7 notitle
    unset label; unset arrow; unset object
    unset multiplot
    unset output
}
