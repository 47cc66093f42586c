# Say something of the job: report SCRIPT VARIABLES, and append_var VARIABLES.
report() {
  wget -q -O - "http://$LKP_SERVER:$LKP_CGI_PORT/~${user:-lkp}/cgi-bin/$1?job_file=$job&job_id=$id&$2"
}
append_var() { report lkp-jobfile-append-var "$1&"; }
