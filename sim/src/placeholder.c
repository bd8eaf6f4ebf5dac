typedef int sim_placeholder;
