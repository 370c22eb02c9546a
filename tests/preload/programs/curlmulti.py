# pycurl's CurlMulti, by perform and select
import io
import os

import pycurl

multi = pycurl.CurlMulti()
handles = []
for i in range(1, 11):
    handle = pycurl.Curl()
    handle.body = io.BytesIO()
    handle.setopt(pycurl.URL, "%s/n%d" % (os.environ["AT"], i))
    handle.setopt(pycurl.WRITEDATA, handle.body)
    multi.add_handle(handle)
    handles.append(handle)
running = 1
while running:
    _, running = multi.perform()
    multi.select(1.0)
left, good, bad = multi.info_read()
print(left, len(good), bad)
for handle in handles:
    print(handle.getinfo(pycurl.RESPONSE_CODE), handle.body.getvalue())
    multi.remove_handle(handle)
    handle.close()
