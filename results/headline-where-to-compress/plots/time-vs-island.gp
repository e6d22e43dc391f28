# Drawn by thinwire plot; again by hand, in this folder: gnuplot -d time-vs-island.gp
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
    set output 'time-vs-island.'.kind
    set multiplot
    set border 3 lc rgb '#404040'
    set grid xtics ytics lt 1 dt 1 lc rgb '#dddddd' lw 1
    unset key
    set label '64 GPUs in 8 machines: compress between GPUs, or between machines?' at screen 0.50000, screen 0.96047 center font ',21'
    set label '8 nodes · 10 Gbps · link latency 5 µs · 235 146 values · simgrid:ideal · mean of 3 repetitions' at screen 0.50000, screen 0.92442 center font ',15' tc rgb '#404040'
    set label 'ranks of an island, summed densely before compression, logarithmic' at screen 0.53000, screen 0.09767 center
    set label 'time of a step, logarithmic (lower is better)' at screen 0.01714, screen 0.51163 center rotate by 90
    set label '' at screen 0.22196, screen 0.03605 point lt 1 pt 7 ps 1.3
    set arrow from screen 0.19196, screen 0.03605 to screen 0.25196, screen 0.03605 nohead lt 1 dt 1 lw 2.5
    set label 'dense bf16' at screen 0.26054, screen 0.03605 left
    set label '' at screen 0.40125, screen 0.03605 point lt 6 pt 5 ps 1.3
    set arrow from screen 0.37125, screen 0.03605 to screen 0.43125, screen 0.03605 nohead lt 6 dt 2 lw 2.5
    set label 'All-Gather Top-K' at screen 0.43982, screen 0.03605 left
    set label '' at screen 0.62982, screen 0.03605 point lt 7 pt 9 ps 1.3
    set arrow from screen 0.59982, screen 0.03605 to screen 0.65982, screen 0.03605 nohead lt 7 dt 4 lw 2.5
    set label 'ARC-Top-K (r = 4)' at screen 0.66839, screen 0.03605 left
    positive(v) = v > 0 ? v : NaN
    set lmargin at screen 0.10000; set rmargin at screen 0.96000
    set tmargin at screen 0.89070; set bmargin at screen 0.17442
    set title '' offset 0,-0.4
    set logscale x
    set xrange [0.939522749214:8.51496145963]
    set xtics nomirror ('1' 1, '2' 2, '4' 4, '8' 8)
    set logscale y
    set yrange [0.000410876682563:0.00357122464807]
    set ytics nomirror ('500 µs' 0.0005, '' 0.0006 1, '700 µs' 0.0007, '' 0.0008 1, '' 0.0009 1, '1 ms' 0.001, '2 ms' 0.002, '3 ms' 0.003)
    plot 'time-vs-island.csv' using (at(0, 0, positive(column('island')))):(column('step_time_s')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-island.csv' using (at(0, 1, positive(column('island')))):(column('step_time_s')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'time-vs-island.csv' using (at(0, 2, positive(column('island')))):(column('step_time_s')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    unset multiplot
    unset output
}
