# Drawn by thinwire plot; again by hand, in this folder: gnuplot -d loss-vs-time.gp
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
    set output 'loss-vs-time.'.kind
    set multiplot
    set border 3 lc rgb '#404040'
    set grid xtics ytics lt 1 dt 1 lc rgb '#dddddd' lw 1
    unset key
    set label 'Does EF21 reach the optimum where EF14 comes to a floor, on a LIBSVM file?' at screen 0.50000, screen 0.96047 center font ',21'
    set label '6 nodes · 1 Gbps · link latency 25 µs · 60 values · maxplus:ideal' at screen 0.50000, screen 0.92442 center font ',15' tc rgb '#404040'
    set label 'simulated time' at screen 0.53000, screen 0.09767 center
    set label 'loss, mean over ranks (lower is better)' at screen 0.01714, screen 0.51163 center rotate by 90
    set label '' at screen 0.07893, screen 0.03605 point lt 1 pt 7 ps 1.3
    set arrow from screen 0.04893, screen 0.03605 to screen 0.10893, screen 0.03605 nohead lt 1 dt 1 lw 2.5
    set label 'gradient descent, dense fp64' at screen 0.11750, screen 0.03605 left
    set label '' at screen 0.40607, screen 0.03605 point lt 6 pt 5 ps 1.3
    set arrow from screen 0.37607, screen 0.03605 to screen 0.43607, screen 0.03605 nohead lt 6 dt 2 lw 2.5
    set label 'Top-1, no memory' at screen 0.44464, screen 0.03605 left
    set label '' at screen 0.63464, screen 0.03605 point lt 7 pt 9 ps 1.3
    set arrow from screen 0.60464, screen 0.03605 to screen 0.66464, screen 0.03605 nohead lt 7 dt 4 lw 2.5
    set label 'Top-1, EF14' at screen 0.67321, screen 0.03605 left
    set label '' at screen 0.82214, screen 0.03605 point lt 4 pt 11 ps 1.3
    set arrow from screen 0.79214, screen 0.03605 to screen 0.85214, screen 0.03605 nohead lt 4 dt 5 lw 2.5
    set label 'Top-1, EF21' at screen 0.86071, screen 0.03605 left
    positive(v) = v > 0 ? v : NaN
    set lmargin at screen 0.10000; set rmargin at screen 0.96000
    set tmargin at screen 0.89070; set bmargin at screen 0.17442
    set title '' offset 0,-0.4
    unset logscale x
    set xrange [0:1.564776]
    set xtics nomirror ('0' 0, '200 ms' 0.2, '400 ms' 0.4, '600 ms' 0.6, '800 ms' 0.8, '1 s' 1, '1.2 s' 1.2, '1.4 s' 1.4)
    unset logscale y
    set yrange [-0.00619550073938:0.161083019224]
    set ytics nomirror ('0' 0, '0.02' 0.02, '0.04' 0.04, '0.06' 0.06, '0.08' 0.08, '0.1' 0.1, '0.12' 0.12, '0.14' 0.14, '0.16' 0.16)
    plot 'loss-vs-time.csv' using (at(0, 0, column('time_s'))):(column('loss')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 4 notitle, \
      'loss-vs-time.csv' using (at(0, 1, column('time_s'))):(column('loss')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 4 notitle, \
      'loss-vs-time.csv' using (at(0, 2, column('time_s'))):(column('loss')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 4 notitle, \
      'loss-vs-time.csv' using (at(0, 3, column('time_s'))):(column('loss')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 4 notitle
    unset label; unset arrow; unset object
    unset multiplot
    unset output
}
