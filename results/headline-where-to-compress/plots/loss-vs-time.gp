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
        set terminal svg size 1400,1016 noenhanced font 'sans-serif,16' background 'white'
    } else {
        set terminal pngcairo size 1400,1016 noenhanced font 'sans-serif,16' background 'white'
    }
    set output 'loss-vs-time.'.kind
    set multiplot
    set border 3 lc rgb '#404040'
    set grid xtics ytics lt 1 dt 1 lc rgb '#dddddd' lw 1
    unset key
    set label '64 GPUs in 8 machines: compress between GPUs, or between machines?' at screen 0.50000, screen 0.96654 center font ',21'
    set label '8 nodes · 10 Gbps · link latency 5 µs · 235 146 values · simgrid:ideal · mean of 3 repetitions, bands from least to greatest' at screen 0.50000, screen 0.93602 center font ',15' tc rgb '#404040'
    set label 'simulated time' at screen 0.53000, screen 0.08268 center
    set label 'loss, mean over ranks (lower is better)' at screen 0.01714, screen 0.50591 center rotate by 90
    set label '' at screen 0.13232, screen 0.03051 point lt 1 pt 7 ps 1.3
    set arrow from screen 0.10232, screen 0.03051 to screen 0.16232, screen 0.03051 nohead lt 1 dt 1 lw 2.5
    set label 'dense bf16' at screen 0.17089, screen 0.03051 left
    set label '' at screen 0.31161, screen 0.03051 point lt 6 pt 5 ps 1.3
    set arrow from screen 0.28161, screen 0.03051 to screen 0.34161, screen 0.03051 nohead lt 6 dt 2 lw 2.5
    set label 'All-Gather Top-K' at screen 0.35018, screen 0.03051 left
    set label '' at screen 0.54018, screen 0.03051 point lt 7 pt 9 ps 1.3
    set arrow from screen 0.51018, screen 0.03051 to screen 0.57018, screen 0.03051 nohead lt 7 dt 4 lw 2.5
    set label 'ARC-Top-K (r = 4)' at screen 0.57875, screen 0.03051 left
    set arrow from screen 0.74696, screen 0.03051 to screen 0.80696, screen 0.03051 nohead lw 2 dt 2 lc rgb '#707070'
    set label 'target 0.6' at screen 0.81554, screen 0.03051 left
    positive(v) = v > 0 ? v : NaN
    set lmargin at screen 0.10000; set rmargin at screen 0.49286
    set tmargin at screen 0.87205; set bmargin at screen 0.55709
    set title 'rho = 0.00111111' offset 0,-0.4
    unset logscale x
    set xrange [0:0.6790514784]
    set xtics nomirror ('0' 0, '200 ms' 0.2, '400 ms' 0.4, '600 ms' 0.6)
    unset logscale y
    set yrange [0.315775773766:2.61422672997]
    set ytics nomirror ('0.5' 0.5, '1' 1, '1.5' 1.5, '2' 2, '2.5' 2.5)
    set arrow from graph 0, first 0.6 to graph 1, first 0.6 nohead back lw 2 dt 2 lc rgb '#707070'
    plot 'loss-vs-time.csv' using (at(0, 0, column('time_s'))):(column('loss_min')):(column('loss_max')) with filledcurves lt 1 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(0, 1, column('time_s'))):(column('loss_min')):(column('loss_max')) with filledcurves lt 6 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(0, 2, column('time_s'))):(column('loss_min')):(column('loss_max')) with filledcurves lt 7 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(0, 0, column('time_s'))):(column('loss')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'loss-vs-time.csv' using (at(0, 1, column('time_s'))):(column('loss')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'loss-vs-time.csv' using (at(0, 2, column('time_s'))):(column('loss')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.56714; set rmargin at screen 0.96000
    set tmargin at screen 0.87205; set bmargin at screen 0.55709
    set title 'rho = 0.00225806' offset 0,-0.4
    unset logscale x
    set xrange [0:0.36459564256]
    set xtics nomirror ('0' 0, '100 ms' 0.1, '200 ms' 0.2, '300 ms' 0.3)
    unset logscale y
    set yrange [0.315775773766:2.61422672997]
    set ytics nomirror ('' 0.5, '' 1, '' 1.5, '' 2, '' 2.5)
    set arrow from graph 0, first 0.6 to graph 1, first 0.6 nohead back lw 2 dt 2 lc rgb '#707070'
    plot 'loss-vs-time.csv' using (at(1, 0, column('time_s'))):(column('loss_min')):(column('loss_max')) with filledcurves lt 1 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(1, 1, column('time_s'))):(column('loss_min')):(column('loss_max')) with filledcurves lt 6 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(1, 2, column('time_s'))):(column('loss_min')):(column('loss_max')) with filledcurves lt 7 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(1, 0, column('time_s'))):(column('loss')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'loss-vs-time.csv' using (at(1, 1, column('time_s'))):(column('loss')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'loss-vs-time.csv' using (at(1, 2, column('time_s'))):(column('loss')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.10000; set rmargin at screen 0.49286
    set tmargin at screen 0.46260; set bmargin at screen 0.14764
    set title 'rho = 0.00466667' offset 0,-0.4
    unset logscale x
    set xrange [0:0.27006211072]
    set xtics nomirror ('0' 0, '100 ms' 0.1, '200 ms' 0.2)
    unset logscale y
    set yrange [0.315775773766:2.61422672997]
    set ytics nomirror ('0.5' 0.5, '1' 1, '1.5' 1.5, '2' 2, '2.5' 2.5)
    set arrow from graph 0, first 0.6 to graph 1, first 0.6 nohead back lw 2 dt 2 lc rgb '#707070'
    plot 'loss-vs-time.csv' using (at(2, 0, column('time_s'))):(column('loss_min')):(column('loss_max')) with filledcurves lt 1 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(2, 1, column('time_s'))):(column('loss_min')):(column('loss_max')) with filledcurves lt 6 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(2, 2, column('time_s'))):(column('loss_min')):(column('loss_max')) with filledcurves lt 7 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(2, 0, column('time_s'))):(column('loss')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'loss-vs-time.csv' using (at(2, 1, column('time_s'))):(column('loss')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'loss-vs-time.csv' using (at(2, 2, column('time_s'))):(column('loss')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.56714; set rmargin at screen 0.96000
    set tmargin at screen 0.46260; set bmargin at screen 0.14764
    set title 'rho = 0.01' offset 0,-0.4
    unset logscale x
    set xrange [0:0.222940223776]
    set xtics nomirror ('0' 0, '50 ms' 0.05, '100 ms' 0.1, '150 ms' 0.15, '200 ms' 0.2)
    unset logscale y
    set yrange [0.315775773766:2.61422672997]
    set ytics nomirror ('' 0.5, '' 1, '' 1.5, '' 2, '' 2.5)
    set arrow from graph 0, first 0.6 to graph 1, first 0.6 nohead back lw 2 dt 2 lc rgb '#707070'
    plot 'loss-vs-time.csv' using (at(3, 0, column('time_s'))):(column('loss_min')):(column('loss_max')) with filledcurves lt 1 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(3, 1, column('time_s'))):(column('loss_min')):(column('loss_max')) with filledcurves lt 6 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(3, 2, column('time_s'))):(column('loss_min')):(column('loss_max')) with filledcurves lt 7 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(3, 0, column('time_s'))):(column('loss')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'loss-vs-time.csv' using (at(3, 1, column('time_s'))):(column('loss')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'loss-vs-time.csv' using (at(3, 2, column('time_s'))):(column('loss')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    unset multiplot
    unset output
}
