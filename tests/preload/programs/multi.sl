% S-Lang's curl module, easy and multi
require("curl");
define keep(got, data) { @got = @got + data; return 0; }
variable at = getenv("AT"), got = "", code, i;
variable easy = curl_new(at + "/text");
curl_setopt(easy, CURLOPT_WRITEFUNCTION, &keep, &got);
curl_perform(easy);
print(curl_get_info(easy, CURLINFO_RESPONSE_CODE));
print(got);
variable multi = curl_multi_new(), bodies = String_Type[3];
bodies[*] = "";
for (i = 0; i < 3; i++) {
    easy = curl_new(at + sprintf("/n%d", i + 1));
    curl_setopt(easy, CURLOPT_WRITEFUNCTION, &keep, &bodies[i]);
    curl_multi_add_handle(multi, easy);
}
while (curl_multi_length(multi) > 0) {
    () = curl_multi_perform(multi, 1.0);
    while (easy = curl_multi_info_read(multi, &code), easy != NULL) {
        print(code);
        curl_multi_remove_handle(multi, easy);
    }
}
print(bodies);
