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
    set label 'Does rTop-k lie between Rand-K and Top-K, or above both?' at screen 0.50000, screen 0.96047 center font ',21'
    set label '8 nodes · 1 Gbps · link latency 25 µs · 235 146 values · maxplus:ideal · mean of 3 repetitions, bands from least to greatest' at screen 0.50000, screen 0.92442 center font ',15' tc rgb '#404040'
    set label 'simulated time, logarithmic' at screen 0.53000, screen 0.09767 center
    set label 'loss, mean over ranks (lower is better)' at screen 0.01714, screen 0.50698 center rotate by 90
    set label '' at screen 0.20214, screen 0.03605 point lt 1 pt 7 ps 1.3
    set arrow from screen 0.17214, screen 0.03605 to screen 0.23214, screen 0.03605 nohead lt 1 dt 1 lw 2.5
    set label 'dense fp32' at screen 0.24071, screen 0.03605 left
    set label '' at screen 0.38143, screen 0.03605 point lt 6 pt 5 ps 1.3
    set arrow from screen 0.35143, screen 0.03605 to screen 0.41143, screen 0.03605 nohead lt 6 dt 2 lw 2.5
    set label 'Top-K' at screen 0.42000, screen 0.03605 left
    set label '' at screen 0.51964, screen 0.03605 point lt 7 pt 9 ps 1.3
    set arrow from screen 0.48964, screen 0.03605 to screen 0.54964, screen 0.03605 nohead lt 7 dt 4 lw 2.5
    set label 'rTop-k (r = 4k)' at screen 0.55821, screen 0.03605 left
    set label '' at screen 0.74000, screen 0.03605 point lt 4 pt 11 ps 1.3
    set arrow from screen 0.71000, screen 0.03605 to screen 0.77000, screen 0.03605 nohead lt 4 dt 5 lw 2.5
    set label 'Rand-K' at screen 0.77857, screen 0.03605 left
    positive(v) = v > 0 ? v : NaN
    set lmargin at screen 0.10000; set rmargin at screen 0.49286
    set tmargin at screen 0.84884; set bmargin at screen 0.17442
    set title 'rho = 0.001' offset 0,-0.4
    set logscale x
    set xrange [0.0236749302026:3.23971084724]
    set xtics nomirror ('30 ms' 0.03, '' 0.04 1, '' 0.05 1, '' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '100 ms' 0.1, '' 0.2 1, '300 ms' 0.3, '' 0.4 1, '' 0.5 1, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1, '1 s' 1, '' 2 1, '3 s' 3)
    unset logscale y
    set yrange [0.326620132369:2.89131047311]
    set ytics nomirror ('0.5' 0.5, '1' 1, '1.5' 1.5, '2' 2, '2.5' 2.5)
    plot 'loss-vs-time.csv' using (at(0, 0, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 1 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(0, 1, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 6 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(0, 2, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 7 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(0, 3, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 4 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(0, 0, positive(column('time_s')))):(column('loss')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'loss-vs-time.csv' using (at(0, 1, positive(column('time_s')))):(column('loss')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'loss-vs-time.csv' using (at(0, 2, positive(column('time_s')))):(column('loss')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle, \
      'loss-vs-time.csv' using (at(0, 3, positive(column('time_s')))):(column('loss')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.56714; set rmargin at screen 0.96000
    set tmargin at screen 0.84884; set bmargin at screen 0.17442
    set title 'rho = 0.01' offset 0,-0.4
    set logscale x
    set xrange [0.0372645354572:3.19718805635]
    set xtics nomirror ('' 0.04 1, '' 0.05 1, '' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '100 ms' 0.1, '' 0.2 1, '300 ms' 0.3, '' 0.4 1, '' 0.5 1, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1, '1 s' 1, '' 2 1, '3 s' 3)
    unset logscale y
    set yrange [0.326620132369:2.89131047311]
    set ytics nomirror ('' 0.5, '' 1, '' 1.5, '' 2, '' 2.5)
    plot 'loss-vs-time.csv' using (at(1, 0, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 1 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(1, 1, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 6 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(1, 2, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 7 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(1, 3, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 4 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(1, 0, positive(column('time_s')))):(column('loss')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'loss-vs-time.csv' using (at(1, 1, positive(column('time_s')))):(column('loss')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'loss-vs-time.csv' using (at(1, 2, positive(column('time_s')))):(column('loss')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle, \
      'loss-vs-time.csv' using (at(1, 3, positive(column('time_s')))):(column('loss')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    unset multiplot
    unset output
}
