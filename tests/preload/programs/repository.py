# librepo: a yum repository, then files
import os
import shutil

import librepo

at, to = os.environ["AT"], os.environ["DIR"] + "/yum"
shutil.rmtree(to, True)
os.mkdir(to)
handle = librepo.Handle()
handle.repotype = librepo.LR_YUMREPO
handle.urls = [at + "/yum/"]
handle.destdir = to
result = librepo.Result()
handle.perform(result)
print(result.yum_repomd["revision"])
handle.urls = [at + "/"]
files = [librepo.PackageTarget("n%d" % i, handle=handle, dest=to + "/")
         for i in range(1, 4)]
librepo.download_packages(files)
print([one.err for one in files], sorted(os.listdir(to)))
