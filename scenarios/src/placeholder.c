typedef int scn_placeholder;
