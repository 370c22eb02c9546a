<?php
// curl_multi_exec and curl_multi_select
$multi = curl_multi_init();
$handles = [];
for ($i = 1; $i <= 10; $i++) {
    $handle = curl_init(getenv("AT") . "/n$i");
    curl_setopt($handle, CURLOPT_RETURNTRANSFER, true);
    curl_multi_add_handle($multi, $handle);
    $handles[] = $handle;
}
do {
    $status = curl_multi_exec($multi, $active);
    if ($active) {
        curl_multi_select($multi);
    }
} while ($active && $status == CURLM_OK);
while ($message = curl_multi_info_read($multi)) {
    echo $message["result"], "\n";
}
foreach ($handles as $handle) {
    echo curl_getinfo($handle, CURLINFO_HTTP_CODE), " ";
    echo curl_multi_getcontent($handle);
    curl_multi_remove_handle($multi, $handle);
}
curl_multi_close($multi);
