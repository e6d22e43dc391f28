# Drawn by thinwire plot; again by hand, in this folder: gnuplot -d loss-equal-bytes.gp
set encoding utf8
set colorsequence podo
set datafile separator comma
set datafile columnheaders
set datafile missing NaN
# v in the lines of a panel and a series, nothing elsewhere
at(p, s, v) = column('panel') == p && column('series') == s ? v : NaN
do for [kind in 'svg png'] {
    if (kind eq 'svg') {
        set terminal svg size 1604,860 noenhanced font 'sans-serif,16' background 'white'
    } else {
        set terminal pngcairo size 1604,860 noenhanced font 'sans-serif,16' background 'white'
    }
    set output 'loss-equal-bytes.'.kind
    set multiplot
    set border 3 lc rgb '#404040'
    set grid xtics ytics lt 1 dt 1 lc rgb '#dddddd' lw 1
    unset key
    set label 'Does what ARC-Top-K saves on the wire cost loss? MLP on Fashion-MNIST, 16 nodes' at screen 0.50000, screen 0.96047 center font ',21'
    set label '16 nodes · link latency 25 µs · 235 146 values · simgrid:ideal · mean of 5 repetitions, bands from least to greatest' at screen 0.50000, screen 0.92442 center font ',15' tc rgb '#404040'
    set label 'simulated time, logarithmic' at screen 0.52618, screen 0.13256 center
    set label 'loss, mean over ranks (lower is better)' at screen 0.01496, screen 0.52442 center rotate by 90
    set label '' at screen 0.05720, screen 0.07093 point lt 1 pt 7 ps 1.3
    set arrow from screen 0.03102, screen 0.07093 to screen 0.08339, screen 0.07093 nohead lt 1 dt 1 lw 2.5
    set label 'dense bf16' at screen 0.09087, screen 0.07093 left
    set label '' at screen 0.28538, screen 0.07093 point lt 6 pt 5 ps 1.3
    set arrow from screen 0.25920, screen 0.07093 to screen 0.31156, screen 0.07093 nohead lt 6 dt 2 lw 2.5
    set label 'ARC-Top-K (r = 4)' at screen 0.31905, screen 0.07093 left
    set label '' at screen 0.49205, screen 0.07093 point lt 7 pt 9 ps 1.3
    set arrow from screen 0.46587, screen 0.07093 to screen 0.51824, screen 0.07093 nohead lt 7 dt 4 lw 2.5
    set label 'All-Gather Top-K, bytes of ARC' at screen 0.52572, screen 0.07093 left
    set label '' at screen 0.79193, screen 0.07093 point lt 4 pt 11 ps 1.3
    set arrow from screen 0.76574, screen 0.07093 to screen 0.81811, screen 0.07093 nohead lt 4 dt 5 lw 2.5
    set label 'rTop-k, bytes of ARC' at screen 0.82559, screen 0.07093 left
    set label '' at screen 0.05720, screen 0.03605 point lt 2 pt 13 ps 1.3
    set arrow from screen 0.03102, screen 0.03605 to screen 0.08339, screen 0.03605 nohead lt 2 dt 3 lw 2.5
    set label 'Rand-K, bytes of ARC' at screen 0.09087, screen 0.03605 left
    set arrow from screen 0.25920, screen 0.03605 to screen 0.31156, screen 0.03605 nohead lw 2 dt 2 lc rgb '#707070'
    set label 'target 0.5' at screen 0.31905, screen 0.03605 left
    positive(v) = v > 0 ? v : NaN
    set lmargin at screen 0.08728; set rmargin at screen 0.33666
    set tmargin at screen 0.84884; set bmargin at screen 0.20930
    set title '100 Mbps' offset 0,-0.4
    set logscale x
    set xrange [0.0853313159711:33.7434758912]
    set xtics nomirror ('' 0.09 1, '100 ms' 0.1, '' 0.2 1, '' 0.3 1, '' 0.4 1, '' 0.5 1, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1, '1 s' 1, '' 2 1, '' 3 1, '' 4 1, '' 5 1, '' 6 1, '' 7 1, '' 8 1, '' 9 1, '10 s' 10, '' 20 1, '' 30 1)
    unset logscale y
    set yrange [0.298348037651:1.83451039692]
    set ytics nomirror ('0.4' 0.4, '0.6' 0.6, '0.8' 0.8, '1' 1, '1.2' 1.2, '1.4' 1.4, '1.6' 1.6, '1.8' 1.8)
    set arrow from graph 0, first 0.5 to graph 1, first 0.5 nohead back lw 2 dt 2 lc rgb '#707070'
    plot 'loss-equal-bytes.csv' using (at(0, 0, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 1 fs transparent solid 0.15 noborder notitle, \
      'loss-equal-bytes.csv' using (at(0, 1, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 6 fs transparent solid 0.15 noborder notitle, \
      'loss-equal-bytes.csv' using (at(0, 2, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 7 fs transparent solid 0.15 noborder notitle, \
      'loss-equal-bytes.csv' using (at(0, 3, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 4 fs transparent solid 0.15 noborder notitle, \
      'loss-equal-bytes.csv' using (at(0, 4, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 2 fs transparent solid 0.15 noborder notitle, \
      'loss-equal-bytes.csv' using (at(0, 0, positive(column('time_s')))):(column('loss')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-equal-bytes.csv' using (at(0, 1, positive(column('time_s')))):(column('loss')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-equal-bytes.csv' using (at(0, 2, positive(column('time_s')))):(column('loss')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-equal-bytes.csv' using (at(0, 3, positive(column('time_s')))):(column('loss')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-equal-bytes.csv' using (at(0, 4, positive(column('time_s')))):(column('loss')) with linespoints lt 2 dt 3 pt 13 ps 1.3 lw 2.5 pi 2 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.40150; set rmargin at screen 0.65087
    set tmargin at screen 0.84884; set bmargin at screen 0.20930
    set title '1 Gbps' offset 0,-0.4
    set logscale x
    set xrange [0.0172142272288:3.59817556857]
    set xtics nomirror ('' 0.02 1, '' 0.03 1, '' 0.04 1, '' 0.05 1, '' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '100 ms' 0.1, '' 0.2 1, '' 0.3 1, '' 0.4 1, '' 0.5 1, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1, '1 s' 1, '' 2 1, '' 3 1)
    unset logscale y
    set yrange [0.298348037651:1.83451039692]
    set ytics nomirror ('' 0.4, '' 0.6, '' 0.8, '' 1, '' 1.2, '' 1.4, '' 1.6, '' 1.8)
    set arrow from graph 0, first 0.5 to graph 1, first 0.5 nohead back lw 2 dt 2 lc rgb '#707070'
    plot 'loss-equal-bytes.csv' using (at(1, 0, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 1 fs transparent solid 0.15 noborder notitle, \
      'loss-equal-bytes.csv' using (at(1, 1, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 6 fs transparent solid 0.15 noborder notitle, \
      'loss-equal-bytes.csv' using (at(1, 2, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 7 fs transparent solid 0.15 noborder notitle, \
      'loss-equal-bytes.csv' using (at(1, 3, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 4 fs transparent solid 0.15 noborder notitle, \
      'loss-equal-bytes.csv' using (at(1, 4, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 2 fs transparent solid 0.15 noborder notitle, \
      'loss-equal-bytes.csv' using (at(1, 0, positive(column('time_s')))):(column('loss')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-equal-bytes.csv' using (at(1, 1, positive(column('time_s')))):(column('loss')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-equal-bytes.csv' using (at(1, 2, positive(column('time_s')))):(column('loss')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-equal-bytes.csv' using (at(1, 3, positive(column('time_s')))):(column('loss')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-equal-bytes.csv' using (at(1, 4, positive(column('time_s')))):(column('loss')) with linespoints lt 2 dt 3 pt 13 ps 1.3 lw 2.5 pi 2 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.71571; set rmargin at screen 0.96509
    set tmargin at screen 0.84884; set bmargin at screen 0.20930
    set title '10 Gbps' offset 0,-0.4
    set logscale x
    set xrange [0.0106233303666:0.621182134882]
    set xtics nomirror ('' 0.02 1, '30 ms' 0.03, '' 0.04 1, '' 0.05 1, '' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '100 ms' 0.1, '' 0.2 1, '300 ms' 0.3, '' 0.4 1, '' 0.5 1, '' 0.6 1)
    unset logscale y
    set yrange [0.298348037651:1.83451039692]
    set ytics nomirror ('' 0.4, '' 0.6, '' 0.8, '' 1, '' 1.2, '' 1.4, '' 1.6, '' 1.8)
    set arrow from graph 0, first 0.5 to graph 1, first 0.5 nohead back lw 2 dt 2 lc rgb '#707070'
    plot 'loss-equal-bytes.csv' using (at(2, 0, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 1 fs transparent solid 0.15 noborder notitle, \
      'loss-equal-bytes.csv' using (at(2, 1, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 6 fs transparent solid 0.15 noborder notitle, \
      'loss-equal-bytes.csv' using (at(2, 2, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 7 fs transparent solid 0.15 noborder notitle, \
      'loss-equal-bytes.csv' using (at(2, 3, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 4 fs transparent solid 0.15 noborder notitle, \
      'loss-equal-bytes.csv' using (at(2, 4, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 2 fs transparent solid 0.15 noborder notitle, \
      'loss-equal-bytes.csv' using (at(2, 0, positive(column('time_s')))):(column('loss')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-equal-bytes.csv' using (at(2, 1, positive(column('time_s')))):(column('loss')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-equal-bytes.csv' using (at(2, 2, positive(column('time_s')))):(column('loss')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-equal-bytes.csv' using (at(2, 3, positive(column('time_s')))):(column('loss')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-equal-bytes.csv' using (at(2, 4, positive(column('time_s')))):(column('loss')) with linespoints lt 2 dt 3 pt 13 ps 1.3 lw 2.5 pi 2 notitle
    unset label; unset arrow; unset object
    unset multiplot
    unset output
}
