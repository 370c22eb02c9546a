# tornado's CurlAsyncHTTPClient: socket_action and the timer
import asyncio
import os

from tornado.curl_httpclient import CurlAsyncHTTPClient

AT = os.environ["AT"]


async def main():
    client = CurlAsyncHTTPClient(force_instance=True)
    asked = [client.fetch("%s/n%d" % (AT, i)) for i in range(1, 11)]
    for answer in await asyncio.gather(*asked):
        kind = answer.headers["Content-Type"]
        print(answer.code, answer.effective_url, kind, answer.body)
    try:
        await client.fetch(AT + "/none")
    except Exception as problem:
        print(problem)
    client.close()


asyncio.run(main())
