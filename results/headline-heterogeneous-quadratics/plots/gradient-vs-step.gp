# Drawn by thinwire plot; again by hand, in this folder: gnuplot -d gradient-vs-step.gp
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
    set output 'gradient-vs-step.'.kind
    set multiplot
    set border 3 lc rgb '#404040'
    set grid xtics ytics lt 1 dt 1 lc rgb '#dddddd' lw 1
    unset key
    set label 'How many steps does EF21 need on nodes that disagree?' at screen 0.50000, screen 0.96047 center font ',21'
    set label '10 nodes · 1 Gbps · link latency 25 µs · 1 000 values · maxplus:ideal' at screen 0.50000, screen 0.92442 center font ',15' tc rgb '#404040'
    set label 'steps done' at screen 0.53000, screen 0.09767 center
    set label 'squared norm of the mean gradient, ‖∇f‖²' at screen 0.01714, screen 0.50698 center rotate by 90
    set label '' at screen 0.28286, screen 0.03605 point lt 1 pt 7 ps 1.3
    set arrow from screen 0.25286, screen 0.03605 to screen 0.31286, screen 0.03605 nohead lt 1 dt 1 lw 2.5
    set label 'gradient descent, dense fp64' at screen 0.32143, screen 0.03605 left
    set label '' at screen 0.61000, screen 0.03605 point lt 6 pt 5 ps 1.3
    set arrow from screen 0.58000, screen 0.03605 to screen 0.64000, screen 0.03605 nohead lt 6 dt 2 lw 2.5
    set label 'Top-10, EF21' at screen 0.64857, screen 0.03605 left
    positive(v) = v > 0 ? v : NaN
    set lmargin at screen 0.10000; set rmargin at screen 0.49286
    set tmargin at screen 0.84884; set bmargin at screen 0.17442
    set title 'rate = 0.00489722' offset 0,-0.4
    unset logscale x
    set xrange [0:12360]
    set xtics nomirror ('0' 0, '2 500' 2500, '5 000' 5000, '7 500' 7500, '10 000' 10000)
    set logscale y
    set yrange [1.64015364765e-08:833.928725572]
    set ytics nomirror ('1e-06' 1e-06, '0.0001' 0.0001, '0.01' 0.01, '1' 1, '100' 100)
    plot 'gradient-vs-step.csv' using (at(0, 0, column('step'))):(column('gradient_norm2')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 19 notitle, \
      'gradient-vs-step.csv' using (at(0, 1, column('step'))):(column('gradient_norm2')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 19 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.56714; set rmargin at screen 0.96000
    set tmargin at screen 0.84884; set bmargin at screen 0.17442
    set title 'rate = 0.0391778' offset 0,-0.4
    unset logscale x
    set xrange [0:12360]
    set xtics nomirror ('0' 0, '2 500' 2500, '5 000' 5000, '7 500' 7500, '10 000' 10000)
    set logscale y
    set yrange [1.64015364765e-08:833.928725572]
    set ytics nomirror ('' 1e-06, '' 0.0001, '' 0.01, '' 1, '' 100)
    plot 'gradient-vs-step.csv' using (at(1, 0, column('step'))):(column('gradient_norm2')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 19 notitle, \
      'gradient-vs-step.csv' using (at(1, 1, column('step'))):(column('gradient_norm2')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 19 notitle
    unset label; unset arrow; unset object
    unset multiplot
    unset output
}
