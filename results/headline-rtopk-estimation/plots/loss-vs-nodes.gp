# Drawn by thinwire plot; again by hand, in this folder: gnuplot -d loss-vs-nodes.gp
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
    set output 'loss-vs-nodes.'.kind
    set multiplot
    set border 3 lc rgb '#404040'
    set grid xtics ytics lt 1 dt 1 lc rgb '#dddddd' lw 1
    unset key
    set label 'When does a random choice among the largest beat the largest themselves?' at screen 0.50000, screen 0.96047 center font ',21'
    set label '1 Gbps · link latency 25 µs · 1 000 values · maxplus:ideal · mean of 200 repetitions, bands from least to greatest' at screen 0.50000, screen 0.92442 center font ',15' tc rgb '#404040'
    set label 'nodes, logarithmic' at screen 0.53000, screen 0.09767 center
    set label 'loss at the end, logarithmic (lower is better)' at screen 0.01714, screen 0.51163 center rotate by 90
    set label '' at screen 0.20964, screen 0.03605 point lt 1 pt 7 ps 1.3
    set arrow from screen 0.17964, screen 0.03605 to screen 0.23964, screen 0.03605 nohead lt 1 dt 1 lw 2.5
    set label 'rTop-k (r = 5k)' at screen 0.24821, screen 0.03605 left
    set label '' at screen 0.43000, screen 0.03605 point lt 6 pt 5 ps 1.3
    set arrow from screen 0.40000, screen 0.03605 to screen 0.46000, screen 0.03605 nohead lt 6 dt 2 lw 2.5
    set label 'Rand-K, a support per node' at screen 0.46857, screen 0.03605 left
    set label '' at screen 0.74071, screen 0.03605 point lt 7 pt 9 ps 1.3
    set arrow from screen 0.71071, screen 0.03605 to screen 0.77071, screen 0.03605 nohead lt 7 dt 4 lw 2.5
    set label 'Top-K' at screen 0.77929, screen 0.03605 left
    positive(v) = v > 0 ? v : NaN
    set lmargin at screen 0.10000; set rmargin at screen 0.96000
    set tmargin at screen 0.89070; set bmargin at screen 0.17442
    set title '' offset 0,-0.4
    set logscale x
    set xrange [0.882702996291:72.5045686589]
    set xtics nomirror ('1' 1, '4' 4, '16' 16, '64' 64)
    set logscale y
    set yrange [0.565549263089:21771.3565587]
    set ytics nomirror ('' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1, '1' 1, '' 2 1, '3' 3, '' 4 1, '' 5 1, '' 6 1, '' 7 1, '' 8 1, '' 9 1, '10' 10, '' 20 1, '30' 30, '' 40 1, '' 50 1, '' 60 1, '' 70 1, '' 80 1, '' 90 1, '100' 100, '' 200 1, '300' 300, '' 400 1, '' 500 1, '' 600 1, '' 700 1, '' 800 1, '' 900 1, '1000' 1000, '' 2000 1, '3000' 3000, '' 4000 1, '' 5000 1, '' 6000 1, '' 7000 1, '' 8000 1, '' 9000 1, '10000' 10000, '' 20000 1)
    plot 'loss-vs-nodes.csv' using (at(0, 0, positive(column('nodes')))):(column('final_loss_min')):(column('final_loss_max')) with filledcurves lt 1 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-nodes.csv' using (at(0, 1, positive(column('nodes')))):(column('final_loss_min')):(column('final_loss_max')) with filledcurves lt 6 fs transparent solid 0.15 noborder notitle, \
      'loss-vs-nodes.csv' using (at(0, 0, positive(column('nodes')))):(column('final_loss')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'loss-vs-nodes.csv' using (at(0, 1, positive(column('nodes')))):(column('final_loss')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'loss-vs-nodes.csv' using (at(0, 2, positive(column('nodes')))):(column('final_loss')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    unset multiplot
    unset output
}
