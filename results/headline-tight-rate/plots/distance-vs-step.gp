# Drawn by thinwire plot; again by hand, in this folder: gnuplot -d distance-vs-step.gp
set encoding utf8
set colorsequence podo
set datafile separator comma
set datafile columnheaders
set datafile missing NaN
# v in the lines of a panel and a series, nothing elsewhere
at(p, s, v) = column('panel') == p && column('series') == s ? v : NaN
do for [kind in 'svg png'] {
    if (kind eq 'svg') {
        set terminal svg size 1604,1016 noenhanced font 'sans-serif,16' background 'white'
    } else {
        set terminal pngcairo size 1604,1016 noenhanced font 'sans-serif,16' background 'white'
    }
    set output 'distance-vs-step.'.kind
    set multiplot
    set border 3 lc rgb '#404040'
    set grid xtics ytics lt 1 dt 1 lc rgb '#dddddd' lw 1
    unset key
    set label 'Is the proven rate of EF14 and EF21 met, to the digit?' at screen 0.50000, screen 0.96654 center font ',21'
    set label '1 node · 1 Gbps · link latency 25 µs · 2 values · maxplus:ideal' at screen 0.50000, screen 0.93602 center font ',15' tc rgb '#404040'
    set label 'steps done' at screen 0.52618, screen 0.08268 center
    set label 'distance to the optimum, ‖w − w*‖' at screen 0.01496, screen 0.50591 center rotate by 90
    set label '' at screen 0.42519, screen 0.03051 point lt 1 pt 7 ps 1.3
    set arrow from screen 0.39900, screen 0.03051 to screen 0.45137, screen 0.03051 nohead lt 1 dt 1 lw 2.5
    set label 'EF14' at screen 0.45885, screen 0.03051 left
    set label '' at screen 0.53865, screen 0.03051 point lt 6 pt 5 ps 1.3
    set arrow from screen 0.51247, screen 0.03051 to screen 0.56484, screen 0.03051 nohead lt 6 dt 2 lw 2.5
    set label 'EF21' at screen 0.57232, screen 0.03051 left
    positive(v) = v > 0 ? v : NaN
    set lmargin at screen 0.08728; set rmargin at screen 0.33666
    set tmargin at screen 0.87205; set bmargin at screen 0.55709
    set title 'kappa = 2, factor = 1.5' offset 0,-0.4
    unset logscale x
    set xrange [0:1030]
    set xtics nomirror ('0' 0, '500' 500, '1 000' 1000)
    set logscale y
    set yrange [3.41963329474e-104:13669.9322362]
    set ytics nomirror ('1e-88' 1e-88, '1e-66' 1e-66, '1e-44' 1e-44, '1e-22' 1e-22, '1' 1)
    plot 'distance-vs-step.csv' using (at(0, 0, column('step'))):(column('distance')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 19 notitle, \
      'distance-vs-step.csv' using (at(0, 1, column('step'))):(column('distance')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 19 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.40150; set rmargin at screen 0.65087
    set tmargin at screen 0.87205; set bmargin at screen 0.55709
    set title 'kappa = 2, factor = 1.70711' offset 0,-0.4
    unset logscale x
    set xrange [0:1030]
    set xtics nomirror ('0' 0, '500' 500, '1 000' 1000)
    set logscale y
    set yrange [3.41963329474e-104:13669.9322362]
    set ytics nomirror ('' 1e-88, '' 1e-66, '' 1e-44, '' 1e-22, '' 1)
    plot 'distance-vs-step.csv' using (at(1, 0, column('step'))):(column('distance')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 19 notitle, \
      'distance-vs-step.csv' using (at(1, 1, column('step'))):(column('distance')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 19 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.71571; set rmargin at screen 0.96509
    set tmargin at screen 0.87205; set bmargin at screen 0.55709
    set title 'kappa = 2, factor = 1.94868' offset 0,-0.4
    unset logscale x
    set xrange [0:1030]
    set xtics nomirror ('0' 0, '500' 500, '1 000' 1000)
    set logscale y
    set yrange [3.41963329474e-104:13669.9322362]
    set ytics nomirror ('' 1e-88, '' 1e-66, '' 1e-44, '' 1e-22, '' 1)
    plot 'distance-vs-step.csv' using (at(2, 0, column('step'))):(column('distance')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 19 notitle, \
      'distance-vs-step.csv' using (at(2, 1, column('step'))):(column('distance')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 19 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.08728; set rmargin at screen 0.33666
    set tmargin at screen 0.46260; set bmargin at screen 0.14764
    set title 'kappa = 10, factor = 1.5' offset 0,-0.4
    unset logscale x
    set xrange [0:1030]
    set xtics nomirror ('0' 0, '500' 500, '1 000' 1000)
    set logscale y
    set yrange [3.41963329474e-104:13669.9322362]
    set ytics nomirror ('1e-88' 1e-88, '1e-66' 1e-66, '1e-44' 1e-44, '1e-22' 1e-22, '1' 1)
    plot 'distance-vs-step.csv' using (at(3, 0, column('step'))):(column('distance')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 19 notitle, \
      'distance-vs-step.csv' using (at(3, 1, column('step'))):(column('distance')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 19 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.40150; set rmargin at screen 0.65087
    set tmargin at screen 0.46260; set bmargin at screen 0.14764
    set title 'kappa = 10, factor = 1.70711' offset 0,-0.4
    unset logscale x
    set xrange [0:1030]
    set xtics nomirror ('0' 0, '500' 500, '1 000' 1000)
    set logscale y
    set yrange [3.41963329474e-104:13669.9322362]
    set ytics nomirror ('' 1e-88, '' 1e-66, '' 1e-44, '' 1e-22, '' 1)
    plot 'distance-vs-step.csv' using (at(4, 0, column('step'))):(column('distance')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 19 notitle, \
      'distance-vs-step.csv' using (at(4, 1, column('step'))):(column('distance')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 19 notitle
    unset label; unset arrow; unset object
    set lmargin at screen 0.71571; set rmargin at screen 0.96509
    set tmargin at screen 0.46260; set bmargin at screen 0.14764
    set title 'kappa = 10, factor = 1.94868' offset 0,-0.4
    unset logscale x
    set xrange [0:1030]
    set xtics nomirror ('0' 0, '500' 500, '1 000' 1000)
    set logscale y
    set yrange [3.41963329474e-104:13669.9322362]
    set ytics nomirror ('' 1e-88, '' 1e-66, '' 1e-44, '' 1e-22, '' 1)
    plot 'distance-vs-step.csv' using (at(5, 0, column('step'))):(column('distance')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 19 notitle, \
      'distance-vs-step.csv' using (at(5, 1, column('step'))):(column('distance')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 19 notitle
    unset label; unset arrow; unset object
    unset multiplot
    unset output
}
