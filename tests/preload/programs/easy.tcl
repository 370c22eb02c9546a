# TclCurl
package require TclCurl
set body {}
set handle [curl::init]
$handle configure -url $env(AT)/text -bodyvar body
puts [$handle perform]
puts [$handle getinfo responsecode]
puts $body
$handle cleanup
