# Drawn by thinwire plot; again by hand, in this folder: gnuplot -d target-vs-bandwidth.gp
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
    set output 'target-vs-bandwidth.'.kind
    set multiplot
    set border 3 lc rgb '#404040'
    set grid xtics ytics lt 1 dt 1 lc rgb '#dddddd' lw 1
    unset key
    set label 'Which method reaches a loss of 0.5 first on 16 nodes, at 1, 10 and 100 Gbps?' at screen 0.50000, screen 0.96047 center font ',21'
    set label '16 nodes · link latency 25 µs · 235 146 values · simgrid:ideal · mean of 5 repetitions, bands from least to greatest' at screen 0.50000, screen 0.92442 center font ',15' tc rgb '#404040'
    set label 'bandwidth of each node''s link, logarithmic (bit/s)' at screen 0.53000, screen 0.16744 center
    set label 'simulated time to the target loss, logarithmic' at screen 0.01714, screen 0.54651 center rotate by 90
    set label '' at screen 0.12750, screen 0.10581 point lt 1 pt 7 ps 1.3
    set arrow from screen 0.09750, screen 0.10581 to screen 0.15750, screen 0.10581 nohead lt 1 dt 1 lw 2.5
    set label 'dense bf16' at screen 0.16607, screen 0.10581 left
    set label '' at screen 0.36429, screen 0.10581 point lt 6 pt 5 ps 1.3
    set arrow from screen 0.33429, screen 0.10581 to screen 0.39429, screen 0.10581 nohead lt 6 dt 2 lw 2.5
    set label 'All-Gather Top-K' at screen 0.40286, screen 0.10581 left
    set label '' at screen 0.62571, screen 0.10581 point lt 7 pt 9 ps 1.3
    set arrow from screen 0.59571, screen 0.10581 to screen 0.65571, screen 0.10581 nohead lt 7 dt 4 lw 2.5
    set label 'All-Gather Top-K, Rice + fp16' at screen 0.66429, screen 0.10581 left
    set label '' at screen 0.12750, screen 0.07093 point lt 4 pt 11 ps 1.3
    set arrow from screen 0.09750, screen 0.07093 to screen 0.15750, screen 0.07093 nohead lt 4 dt 5 lw 2.5
    set label 'rTop-k (r = 4k)' at screen 0.16607, screen 0.07093 left
    set label '' at screen 0.36429, screen 0.07093 point lt 2 pt 13 ps 1.3
    set arrow from screen 0.33429, screen 0.07093 to screen 0.39429, screen 0.07093 nohead lt 2 dt 3 lw 2.5
    set label 'Rand-K, bytes of ARC' at screen 0.40286, screen 0.07093 left
    set label '' at screen 0.62571, screen 0.07093 point lt 3 pt 6 ps 1.3
    set arrow from screen 0.59571, screen 0.07093 to screen 0.65571, screen 0.07093 nohead lt 3 dt 1 lw 2.5
    set label 'ARC-Top-K (r = 4)' at screen 0.66429, screen 0.07093 left
    set label '' at screen 0.12750, screen 0.03605 point lt 8 pt 7 ps 1.3
    set arrow from screen 0.09750, screen 0.03605 to screen 0.15750, screen 0.03605 nohead lt 8 dt 2 lw 2.5
    set label 'PowerSGD (rank 2)' at screen 0.16607, screen 0.03605 left
    set label '' at screen 0.36429, screen 0.03605 point lt 5 pt 5 ps 1.3
    set arrow from screen 0.33429, screen 0.03605 to screen 0.39429, screen 0.03605 nohead lt 5 dt 4 lw 2.5
    set label 'QSGD (4 bit)' at screen 0.40286, screen 0.03605 left
    positive(v) = v > 0 ? v : NaN
    set lmargin at screen 0.10000; set rmargin at screen 0.96000
    set tmargin at screen 0.89070; set bmargin at screen 0.24419
    set title '' offset 0,-0.4
    set logscale x
    set xrange [870963589.956:114815362150]
    set xtics nomirror ('' 900000000 1, '1 Gbps' 1000000000, '2 Gbps' 2000000000, '' 3000000000 1, '' 4000000000 1, '5 Gbps' 5000000000, '' 6000000000 1, '' 7000000000 1, '' 8000000000 1, '' 9000000000 1, '10 Gbps' 10000000000, '20 Gbps' 20000000000, '' 30000000000 1, '' 40000000000 1, '50 Gbps' 50000000000, '' 60000000000 1, '' 70000000000 1, '' 80000000000 1, '' 90000000000 1, '100 Gbps' 100000000000)
    set logscale y
    set yrange [0.0546537530453:4.06591673242]
    set ytics nomirror ('' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '100 ms' 0.1, '200 ms' 0.2, '' 0.3 1, '' 0.4 1, '500 ms' 0.5, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1, '1 s' 1, '2 s' 2, '' 3 1, '' 4 1)
    plot 'target-vs-bandwidth.csv' using (at(0, 0, 8*positive(column('bandwidth_Bps')))):(column('time_to_target_min_s')):(column('time_to_target_max_s')) with filledcurves lt 1 fs transparent solid 0.15 noborder notitle, \
      'target-vs-bandwidth.csv' using (at(0, 1, 8*positive(column('bandwidth_Bps')))):(column('time_to_target_min_s')):(column('time_to_target_max_s')) with filledcurves lt 6 fs transparent solid 0.15 noborder notitle, \
      'target-vs-bandwidth.csv' using (at(0, 2, 8*positive(column('bandwidth_Bps')))):(column('time_to_target_min_s')):(column('time_to_target_max_s')) with filledcurves lt 7 fs transparent solid 0.15 noborder notitle, \
      'target-vs-bandwidth.csv' using (at(0, 3, 8*positive(column('bandwidth_Bps')))):(column('time_to_target_min_s')):(column('time_to_target_max_s')) with filledcurves lt 4 fs transparent solid 0.15 noborder notitle, \
      'target-vs-bandwidth.csv' using (at(0, 4, 8*positive(column('bandwidth_Bps')))):(column('time_to_target_min_s')):(column('time_to_target_max_s')) with filledcurves lt 2 fs transparent solid 0.15 noborder notitle, \
      'target-vs-bandwidth.csv' using (at(0, 5, 8*positive(column('bandwidth_Bps')))):(column('time_to_target_min_s')):(column('time_to_target_max_s')) with filledcurves lt 3 fs transparent solid 0.15 noborder notitle, \
      'target-vs-bandwidth.csv' using (at(0, 6, 8*positive(column('bandwidth_Bps')))):(column('time_to_target_min_s')):(column('time_to_target_max_s')) with filledcurves lt 8 fs transparent solid 0.15 noborder notitle, \
      'target-vs-bandwidth.csv' using (at(0, 7, 8*positive(column('bandwidth_Bps')))):(column('time_to_target_min_s')):(column('time_to_target_max_s')) with filledcurves lt 5 fs transparent solid 0.15 noborder notitle, \
      'target-vs-bandwidth.csv' using (at(0, 0, 8*positive(column('bandwidth_Bps')))):(column('time_to_target_s')) with linespoints lt 1 dt 1 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'target-vs-bandwidth.csv' using (at(0, 1, 8*positive(column('bandwidth_Bps')))):(column('time_to_target_s')) with linespoints lt 6 dt 2 pt 5 ps 1.3 lw 2.5 pi 1 notitle, \
      'target-vs-bandwidth.csv' using (at(0, 2, 8*positive(column('bandwidth_Bps')))):(column('time_to_target_s')) with linespoints lt 7 dt 4 pt 9 ps 1.3 lw 2.5 pi 1 notitle, \
      'target-vs-bandwidth.csv' using (at(0, 3, 8*positive(column('bandwidth_Bps')))):(column('time_to_target_s')) with linespoints lt 4 dt 5 pt 11 ps 1.3 lw 2.5 pi 1 notitle, \
      'target-vs-bandwidth.csv' using (at(0, 4, 8*positive(column('bandwidth_Bps')))):(column('time_to_target_s')) with linespoints lt 2 dt 3 pt 13 ps 1.3 lw 2.5 pi 1 notitle, \
      'target-vs-bandwidth.csv' using (at(0, 5, 8*positive(column('bandwidth_Bps')))):(column('time_to_target_s')) with linespoints lt 3 dt 1 pt 6 ps 1.3 lw 2.5 pi 1 notitle, \
      'target-vs-bandwidth.csv' using (at(0, 6, 8*positive(column('bandwidth_Bps')))):(column('time_to_target_s')) with linespoints lt 8 dt 2 pt 7 ps 1.3 lw 2.5 pi 1 notitle, \
      'target-vs-bandwidth.csv' using (at(0, 7, 8*positive(column('bandwidth_Bps')))):(column('time_to_target_s')) with linespoints lt 5 dt 4 pt 5 ps 1.3 lw 2.5 pi 1 notitle
    unset label; unset arrow; unset object
    unset multiplot
    unset output
}
