# ctypes: dlopen and dlsym, two flavours of libcurl in one process
import os
from ctypes import (CDLL, CFUNCTYPE, POINTER, byref, c_char, c_int, c_long,
                    c_size_t, c_void_p, cast)

URL, WRITEFUNCTION, RESPONSE_CODE = 10002, 20011, 0x200002

for name in ("libcurl.so.4", "libcurl-gnutls.so.4"):
    lib = CDLL(name)
    lib.curl_easy_init.restype = c_void_p
    lib.curl_easy_setopt.argtypes = [c_void_p, c_int, c_void_p]
    lib.curl_easy_getinfo.argtypes = [c_void_p, c_int, c_void_p]
    lib.curl_easy_perform.argtypes = [c_void_p]
    lib.curl_easy_cleanup.argtypes = [c_void_p]
    got = []
    write = CFUNCTYPE(c_size_t, POINTER(c_char), c_size_t, c_size_t, c_void_p)(
        lambda data, size, count, _: got.append(data[:size * count])
        or size * count)
    code = c_long()
    url = os.environ["AT"] + "/text?" + name
    handle = lib.curl_easy_init()
    lib.curl_easy_setopt(handle, URL, url.encode())
    lib.curl_easy_setopt(handle, WRITEFUNCTION, cast(write, c_void_p))
    print(lib.curl_easy_perform(handle),
          lib.curl_easy_getinfo(handle, RESPONSE_CODE, byref(code)),
          code.value, b"".join(got))
    lib.curl_easy_cleanup(handle)
