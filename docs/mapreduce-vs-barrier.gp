# A timeline of slots. Redraw it with: gnuplot timeline.gp
reset
set encoding utf8
set datafile separator whitespace
here = exists('ARG0') ? ARG0[1:strlen(ARG0) - strlen('timeline.gp')] : ''
$barrier << EOD
0.596127917 8.08 11.92
0.596127917 12.08 13.92
1.150260681 8.08 11.92
1.150260681 12.08 13.92
1.727537499 8.08 11.92
1.727537499 12.08 13.92
2.322989109 8.08 11.92
2.322989109 12.08 13.92
2.910063614 8.08 11.92
2.910063614 12.08 13.92
3.899891357 8.08 11.92
3.899891357 12.08 13.92
4.457180752 8.08 11.92
4.457180752 12.08 13.92
5.027229087 8.08 11.92
5.027229087 12.08 13.92
5.625409442 8.08 11.92
5.625409442 12.08 13.92
6.180316383 8.08 11.92
6.180316383 12.08 13.92
6.75264797 8.08 11.92
6.75264797 12.08 13.92
EOD
set style textbox opaque noborder margins 0.5, 0.2 fillcolor rgb '#ffffff'
$slots << EOD
 0.08 0.92
 1.08 1.92
 2.08 2.92
 3.08 3.92
 4.08 4.92
 5.08 5.92
 6.08 6.92
 7.08 7.92
 8.08 8.92
 9.08 9.92
 10.08 10.92
 11.08 11.92
 12.08 12.92
 13.08 13.92
 14.08 14.92
 15.08 15.92
EOD
$between << EOD
4
8
12
EOD
# from, to, upper and lower edge, how many task runs it stands for, and the seconds that they held the slot
$run0 << EOD
0.0015 4.558030415 0.08 0.92 1 4.556530415
0.0015 4.891301465 1.08 1.92 1 4.889801465
0.0015 5.205501274 2.08 2.92 1 5.204001274
0.0015 4.359643065 3.08 3.92 1 4.358143065
0.0015 4.954445361 4.08 4.92 1 4.952945361
0.0015 4.573180377 6.08 6.92 1 4.571680377
0.0015 4.818173795 7.08 7.92 1 4.816673795
EOD
$run1 << EOD
2.002 7.203610228 5.26 5.74 1 5.201610228
EOD
$run2 << EOD
0.0015 2 5.08 5.92 1 1.9985
EOD
$run5 << EOD
3.314063614 6.75414797 8.26 8.74 1 3.440084356
3.314063614 6.75414797 9.26 9.74 1 3.440084356
3.314063614 6.75414797 10.26 10.74 1 3.440084356
3.314063614 6.75414797 11.26 11.74 1 3.440084356
3.314063614 6.75414797 12.26 12.74 1 3.440084356
3.314063614 6.75414797 13.26 13.74 1 3.440084356
EOD
$run6 << EOD
0.0015 3.112063614 8.08 8.92 1 3.110563614
0.0015 3.112063614 9.08 9.92 1 3.110563614
0.0015 3.112063614 10.08 10.92 1 3.110563614
0.0015 3.111063614 11.08 11.92 1 3.109563614
0.0015 3.112063614 12.08 12.92 1 3.110563614
0.0015 3.112063614 13.08 13.92 1 3.110563614
EOD
$run8 << EOD
6.75614797 7.75614797 0.08 0.92 1 1
6.75614797 7.75614797 1.08 1.92 1 1
6.75614797 7.75614797 2.08 2.92 1 1
6.75614797 7.75614797 3.08 3.92 1 1
6.75614797 7.75614797 4.08 4.92 1 1
6.75614797 7.75614797 6.08 6.92 1 1
EOD
$crash << EOD
2 5.5
3.111063614 11.5
EOD
$fault << EOD
2 4 8
3.111063614 8 12
EOD
set label 'kill etl rank 5' at first 2, graph 1 offset 0, 0.5 left rotate by 35 noenhanced font ',10' textcolor rgb '#333333'
set label 'kill train rank 3' at first 3.111063614, graph 1 offset 0, 0.5 left rotate by 35 noenhanced font ',10' textcolor rgb '#333333'
set label 'etl/load' at first 2.279765207, first 0.500 center front boxed noenhanced font ',10' textcolor rgb '#000000'
set label 'etl/load' at first 4.602805114, first 5.500 center front boxed noenhanced font ',10' textcolor rgb '#000000'
set label 'train/fit' at first 1.556781807, first 8.500 center front boxed noenhanced font ',10' textcolor rgb '#000000'
set label 'train/fit #1' at first 5.034105792, first 8.500 center front boxed noenhanced font ',10' textcolor rgb '#000000'
set label 'train/score' at first 7.25614797, first 0.500 center front boxed noenhanced font ',10' textcolor rgb '#000000'
# time, and the mean number of tasks that waited, in rows beneath the slots
$queue << EOD
0 18.157
0.012674261 18.157
0.012674261 18.800
1.989859038 18.800
1.989859038 18.739
2.002533299 18.739
2.002533299 18.800
3.10519404 18.800
3.10519404 17.702
3.117868301 17.702
3.117868301 16.467
3.307982222 16.467
3.307982222 17.681
3.320656483 17.681
3.320656483 18.800
6.742707058 18.800
6.742707058 18.666
6.75538132 18.666
6.75538132 18.660
6.768055581 18.660
6.768055581 18.800
7.75664797 18.800
EOD
set lmargin at screen 0.065000
set rmargin at screen 0.830000
set bmargin at screen 0.091139
set tmargin at screen 0.805063
set border 3 linecolor rgb '#888888'
set tics textcolor rgb '#444444'
set grid xtics linecolor rgb '#e0e0e0' linewidth 1
set style fill solid 1.0 noborder
set key at screen 0.837500, screen 0.911392 left top vertical maxrows 100 noenhanced Left reverse samplen 1.2 spacing 1.15
set label 'scenarios/learn/01-mapreduce-vs-barrier.lua' at screen 0.012, screen 1 offset 0, -1.2 left noenhanced font ',17' textcolor rgb '#222222'
set label 'PASS   seed 1, policy strict' at screen 0.012, screen 1 offset 0, -2.6 left noenhanced font ',13' textcolor rgb '#444444'
set label 'who held which slot' at screen 0.988, screen 1 offset 0, -1.2 right noenhanced font ',13' textcolor rgb '#444444'
set xrange [0:7.75664797]
set xtics out nomirror ('0s' 0, '1s' 1, '2s' 2, '3s' 3, '4s' 4, '5s' 5, '6s' 6, '7s' 7)
set yrange [18.800:0]
length = 7.75664797
rows = 16
bottom = 18.800
set ytics scale 0 nomirror ('exec 0' 2.000, 'exec 1' 6.000, 'exec 2' 10.000, 'exec 3' 14.000, 'waiting' 17.634)
set label 'up to 6 tasks' at graph 1, first 17.634 offset 1, 0 left noenhanced font ',11' textcolor rgb '#444444'
set label '27 task runs' at screen 0.988, screen 0 offset 0, 0.9 right noenhanced font ',11' textcolor rgb '#666666'
set terminal svg size 1600,790 font 'DejaVu Sans,11' fontscale 1.25 background 'white'
set output here.'timeline.svg'
plot $slots using (0):1:(0):(length):1:2 with boxxyerror fillstyle solid noborder fillcolor rgb '#f1f1f1' notitle, \
  $fault using 1:(0):(0):(rows) with vectors nohead dashtype 3 linewidth 1 linecolor rgb '#a0a0a0' notitle, \
  $between using (0):1:(length):(0) with vectors nohead linecolor rgb '#b0b0b0' linewidth 1 notitle, \
  $run0 using 1:3:1:2:3:4 with boxxyerror fillstyle solid noborder fillcolor rgb '#0072b2' notitle, \
  $run1 using 1:3:1:2:3:4 with boxxyerror fillstyle solid noborder fillcolor rgb '#0072b2' notitle, \
  $run2 using 1:3:1:2:3:4 with boxxyerror fillstyle solid noborder fillcolor rgb '#0072b2' notitle, \
  $run2 using 1:3:1:2:3:4 with boxxyerror fillstyle transparent pattern 5 noborder fillcolor rgb '#ffffff' notitle, \
  $run5 using 1:3:1:2:3:4 with boxxyerror fillstyle solid noborder fillcolor rgb '#e69f00' notitle, \
  $run6 using 1:3:1:2:3:4 with boxxyerror fillstyle solid noborder fillcolor rgb '#e69f00' notitle, \
  $run6 using 1:3:1:2:3:4 with boxxyerror fillstyle transparent pattern 5 noborder fillcolor rgb '#ffffff' notitle, \
  $run8 using 1:3:1:2:3:4 with boxxyerror fillstyle solid noborder fillcolor rgb '#009e73' notitle, \
  $barrier using 1:2:(0):($3-$2) with vectors nohead linecolor rgb '#ffffff' linewidth 1.5 notitle, \
  $fault using 1:2:(0):($3-$2) with vectors nohead dashtype 2 linewidth 1.5 linecolor rgb '#000000' notitle, \
  $crash using 1:2 with points pointtype 2 pointsize 0.9 linewidth 2 linecolor rgb '#000000' notitle, \
  $queue using 1:(bottom):2 with filledcurves fillstyle solid noborder fillcolor rgb '#6b6b6b' notitle, \
  keyentry with boxes fillstyle solid fillcolor rgb '#0072b2' title 'etl/load', \
  keyentry with boxes fillstyle solid fillcolor rgb '#e69f00' title 'train/fit', \
  keyentry with boxes fillstyle solid fillcolor rgb '#009e73' title 'train/score', \
  keyentry with lines linewidth 4 linecolor rgb '#0072b2' title 'thin: a later attempt', \
  keyentry with boxes fillstyle pattern 5 fillcolor rgb '#0072b2' title 'hatched: did not end well', \
  keyentry with points pointtype 2 pointsize 0.8 linewidth 2 linecolor rgb '#000000' title 'a task dies', \
  keyentry with lines linewidth 2 linecolor rgb '#c8c8c8' title 'white: barrier released', \
  keyentry with lines dashtype 2 linewidth 2 linecolor rgb '#000000' title 'a fault strikes', \
  keyentry with boxes fillstyle solid fillcolor rgb '#6b6b6b' title 'tasks that wait'
if (!exists('svg_only')) {
if (strstrt(GPVAL_TERMINALS, 'pngcairo') > 0) {
  set terminal pngcairo size 1600,790 font 'DejaVu Sans,11' background 'white'
} else {
  set terminal png size 1600,790
}
set output here.'timeline.png'
replot
}
set output
