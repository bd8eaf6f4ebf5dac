typedef int rep_placeholder;
