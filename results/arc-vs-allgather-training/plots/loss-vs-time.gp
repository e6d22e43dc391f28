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
        set terminal svg size 1604,860 noenhanced font 'sans-serif,16' background 'white'
    } else {
        set terminal pngcairo size 1604,860 noenhanced font 'sans-serif,16' background 'white'
    }
    set output 'loss-vs-time.'.kind
    set multiplot
    set border 3 lc rgb '#404040'
    set grid xtics ytics lt 1 dt 1 lc rgb '#dddddd' lw 1
    unset key
    set label 'Does what ARC-Top-K saves on the wire cost loss? MLP on Fashion-MNIST, 16 nodes' at screen 0.50000, screen 0.96047 center font ',21'
    set label '16 nodes · link latency 25 µs · 235 146 values · simgrid:ideal · mean of 5 repetitions, bands from least to greatest' at screen 0.50000, screen 0.92442 center font ',15' tc rgb '#404040'
    set label 'simulated time, logarithmic' at screen 0.52618, screen 0.20233 center
    set label 'loss, mean over ranks (lower is better)' at screen 0.01496, screen 0.55930 center rotate by 90
    set label '' at screen 0.12827, screen 0.14070 point lt 1 pt 7 ps 1.3
    set arrow from screen 0.10209, screen 0.14070 to screen 0.15446, screen 0.14070 nohead lt 1 dt 1 lw 2.5
    set label 'dense fp32' at screen 0.16194, screen 0.14070 left
    set label '' at screen 0.42098, screen 0.14070 point lt 6 pt 5 ps 1.3
    set arrow from screen 0.39479, screen 0.14070 to screen 0.44716, screen 0.14070 nohead lt 6 dt 2 lw 2.5
    set label 'dense bf16' at screen 0.45464, screen 0.14070 left
    set label '' at screen 0.64916, screen 0.14070 point lt 7 pt 9 ps 1.3
    set arrow from screen 0.62297, screen 0.14070 to screen 0.67534, screen 0.14070 nohead lt 7 dt 4 lw 2.5
    set label 'All-Gather Top-K' at screen 0.68282, screen 0.14070 left
    set label '' at screen 0.12827, screen 0.10581 point lt 4 pt 11 ps 1.3
    set arrow from screen 0.10209, screen 0.10581 to screen 0.15446, screen 0.10581 nohead lt 4 dt 5 lw 2.5
    set label 'All-Gather Top-K, Rice + fp16' at screen 0.16194, screen 0.10581 left
    set label '' at screen 0.42098, screen 0.10581 point lt 2 pt 13 ps 1.3
    set arrow from screen 0.39479, screen 0.10581 to screen 0.44716, screen 0.10581 nohead lt 2 dt 3 lw 2.5
    set label 'rTop-k (r = 4k)' at screen 0.45464, screen 0.10581 left
    set label '' at screen 0.64916, screen 0.10581 point lt 3 pt 6 ps 1.3
    set arrow from screen 0.62297, screen 0.10581 to screen 0.67534, screen 0.10581 nohead lt 3 dt 1 lw 2.5
    set label 'Rand-K' at screen 0.68282, screen 0.10581 left
    set label '' at screen 0.12827, screen 0.07093 point lt 8 pt 7 ps 1.3
    set arrow from screen 0.10209, screen 0.07093 to screen 0.15446, screen 0.07093 nohead lt 8 dt 2 lw 2.5
    set label 'ARC-Top-K (r = 4)' at screen 0.16194, screen 0.07093 left
    set label '' at screen 0.42098, screen 0.07093 point lt 5 pt 5 ps 1.3
    set arrow from screen 0.39479, screen 0.07093 to screen 0.44716, screen 0.07093 nohead lt 5 dt 4 lw 2.5
    set label 'ARC-Top-K, EF21M' at screen 0.45464, screen 0.07093 left
    set label '' at screen 0.64916, screen 0.07093 point lt 1 pt 9 ps 1.3
    set arrow from screen 0.62297, screen 0.07093 to screen 0.67534, screen 0.07093 nohead lt 1 dt 5 lw 2.5
    set label 'All-Gather Top-K, bytes of ARC' at screen 0.68282, screen 0.07093 left
    set label '' at screen 0.12827, screen 0.03605 point lt 6 pt 11 ps 1.3
    set arrow from screen 0.10209, screen 0.03605 to screen 0.15446, screen 0.03605 nohead lt 6 dt 3 lw 2.5
    set label 'rTop-k, bytes of ARC' at screen 0.16194, screen 0.03605 left
    set label '' at screen 0.42098, screen 0.03605 point lt 7 pt 13 ps 1.3
    set arrow from screen 0.39479, screen 0.03605 to screen 0.44716, screen 0.03605 nohead lt 7 dt 1 lw 2.5
    set label 'Rand-K, bytes of ARC' at screen 0.45464, screen 0.03605 left
    set arrow from screen 0.62297, screen 0.03605 to screen 0.67534, screen 0.03605 nohead lw 2 dt 2 lc rgb '#707070'
    set label 'target 0.5' at screen 0.68282, screen 0.03605 left
    positive(v) = v > 0 ? v : NaN
    set lmargin at screen 0.08728; set rmargin at screen 0.33666
    set tmargin at screen 0.84884; set bmargin at screen 0.27907
    set title '100 Mbps' offset 0,-0.4
    set logscale x
    set xrange [0.033775835078:70.3984424317]
    set xtics nomirror ('' 0.04 1, '' 0.05 1, '' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '100 ms' 0.1, '' 0.2 1, '' 0.3 1, '' 0.4 1, '' 0.5 1, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1, '1 s' 1, '' 2 1, '' 3 1, '' 4 1, '' 5 1, '' 6 1, '' 7 1, '' 8 1, '' 9 1, '10 s' 10, '' 20 1, '' 30 1, '' 40 1, '' 50 1, '' 60 1, '' 70 1)
    unset logscale y
    set yrange [0.271268754881:2.13559114469]
    set ytics nomirror ('0.5' 0.5, '0.75' 0.75, '1' 1, '1.25' 1.25, '1.5' 1.5, '1.75' 1.75, '2' 2)
    set arrow from graph 0, first 0.5 to graph 1, first 0.5 nohead back lw 2 dt 2 lc rgb '#707070'
    plot 'loss-vs-time.csv' using (at(0, 0, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 1 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(0, 1, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 6 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(0, 2, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 7 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(0, 3, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 4 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(0, 4, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 2 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(0, 5, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 3 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(0, 6, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 8 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(0, 7, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 5 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(0, 8, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 1 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(0, 9, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 6 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(0, 10, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 7 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(0, 0, positive(column('time_s')))):(column('loss')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(0, 1, positive(column('time_s')))):(column('loss')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(0, 2, positive(column('time_s')))):(column('loss')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(0, 3, positive(column('time_s')))):(column('loss')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(0, 4, positive(column('time_s')))):(column('loss')) with linespoints lt 2 dt 3 pt 13 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(0, 5, positive(column('time_s')))):(column('loss')) with linespoints lt 3 dt 1 pt 6 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(0, 6, positive(column('time_s')))):(column('loss')) with linespoints lt 8 dt 2 pt 7 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(0, 7, positive(column('time_s')))):(column('loss')) with linespoints lt 5 dt 4 pt 5 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(0, 8, positive(column('time_s')))):(column('loss')) with linespoints lt 1 dt 5 pt 9 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(0, 9, positive(column('time_s')))):(column('loss')) with linespoints lt 6 dt 3 pt 11 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(0, 10, positive(column('time_s')))):(column('loss')) with linespoints lt 7 dt 1 pt 13 ps 1.3 lw 2.5 pi 2 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.40150; set rmargin at screen 0.65087
    set tmargin at screen 0.84884; set bmargin at screen 0.27907
    set title '1 Gbps' offset 0,-0.4
    set logscale x
    set xrange [0.0131749156258:7.06444102769]
    set xtics nomirror ('' 0.02 1, '' 0.03 1, '' 0.04 1, '' 0.05 1, '' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '100 ms' 0.1, '' 0.2 1, '' 0.3 1, '' 0.4 1, '' 0.5 1, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1, '1 s' 1, '' 2 1, '' 3 1, '' 4 1, '' 5 1, '' 6 1, '' 7 1)
    unset logscale y
    set yrange [0.271268754881:2.13559114469]
    set ytics nomirror ('' 0.5, '' 0.75, '' 1, '' 1.25, '' 1.5, '' 1.75, '' 2)
    set arrow from graph 0, first 0.5 to graph 1, first 0.5 nohead back lw 2 dt 2 lc rgb '#707070'
    plot 'loss-vs-time.csv' using (at(1, 0, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 1 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(1, 1, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 6 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(1, 2, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 7 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(1, 3, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 4 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(1, 4, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 2 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(1, 5, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 3 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(1, 6, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 8 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(1, 7, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 5 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(1, 8, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 1 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(1, 9, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 6 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(1, 10, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 7 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(1, 0, positive(column('time_s')))):(column('loss')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(1, 1, positive(column('time_s')))):(column('loss')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(1, 2, positive(column('time_s')))):(column('loss')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(1, 3, positive(column('time_s')))):(column('loss')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(1, 4, positive(column('time_s')))):(column('loss')) with linespoints lt 2 dt 3 pt 13 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(1, 5, positive(column('time_s')))):(column('loss')) with linespoints lt 3 dt 1 pt 6 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(1, 6, positive(column('time_s')))):(column('loss')) with linespoints lt 8 dt 2 pt 7 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(1, 7, positive(column('time_s')))):(column('loss')) with linespoints lt 5 dt 4 pt 5 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(1, 8, positive(column('time_s')))):(column('loss')) with linespoints lt 1 dt 5 pt 9 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(1, 9, positive(column('time_s')))):(column('loss')) with linespoints lt 6 dt 3 pt 11 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(1, 10, positive(column('time_s')))):(column('loss')) with linespoints lt 7 dt 1 pt 13 ps 1.3 lw 2.5 pi 2 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.71571; set rmargin at screen 0.96509
    set tmargin at screen 0.84884; set bmargin at screen 0.27907
    set title '10 Gbps' offset 0,-0.4
    set logscale x
    set xrange [0.00904854480947:0.951515291173]
    set xtics nomirror ('10 ms' 0.01, '' 0.02 1, '' 0.03 1, '' 0.04 1, '' 0.05 1, '' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '100 ms' 0.1, '' 0.2 1, '' 0.3 1, '' 0.4 1, '' 0.5 1, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1)
    unset logscale y
    set yrange [0.271268754881:2.13559114469]
    set ytics nomirror ('' 0.5, '' 0.75, '' 1, '' 1.25, '' 1.5, '' 1.75, '' 2)
    set arrow from graph 0, first 0.5 to graph 1, first 0.5 nohead back lw 2 dt 2 lc rgb '#707070'
    plot 'loss-vs-time.csv' using (at(2, 0, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 1 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(2, 1, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 6 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(2, 2, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 7 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(2, 3, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 4 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(2, 4, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 2 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(2, 5, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 3 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(2, 6, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 8 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(2, 7, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 5 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(2, 8, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 1 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(2, 9, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 6 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(2, 10, positive(column('time_s')))):(column('loss_min')):(column('loss_max')) with filledcurves lt 7 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-time.csv' using (at(2, 0, positive(column('time_s')))):(column('loss')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(2, 1, positive(column('time_s')))):(column('loss')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(2, 2, positive(column('time_s')))):(column('loss')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(2, 3, positive(column('time_s')))):(column('loss')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(2, 4, positive(column('time_s')))):(column('loss')) with linespoints lt 2 dt 3 pt 13 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(2, 5, positive(column('time_s')))):(column('loss')) with linespoints lt 3 dt 1 pt 6 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(2, 6, positive(column('time_s')))):(column('loss')) with linespoints lt 8 dt 2 pt 7 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(2, 7, positive(column('time_s')))):(column('loss')) with linespoints lt 5 dt 4 pt 5 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(2, 8, positive(column('time_s')))):(column('loss')) with linespoints lt 1 dt 5 pt 9 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(2, 9, positive(column('time_s')))):(column('loss')) with linespoints lt 6 dt 3 pt 11 ps 1.3 lw 2.5 pi 2 notitle, \
      'loss-vs-time.csv' using (at(2, 10, positive(column('time_s')))):(column('loss')) with linespoints lt 7 dt 1 pt 13 ps 1.3 lw 2.5 pi 2 notitle
    unset label; unset arrow; unset object
    unset multiplot
    unset output
}
