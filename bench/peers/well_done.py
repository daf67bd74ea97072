"""The same service with what fast Python has: one shared session, orjson, no model objects.

It is run with uvloop and two workers.
"""

import asyncio
import os
from contextlib import asynccontextmanager

import aiohttp
import orjson
from fastapi import FastAPI, Response

UPSTREAM = os.environ["BENCH_UPSTREAM"]
COUNTRIES = ("turkey", "india", "australia")


@asynccontextmanager
async def lifespan(app: FastAPI):
    """One session, and with it one pool of connections, per worker."""
    async with aiohttp.ClientSession(UPSTREAM) as session:
        app.state.session = session
        yield


app = FastAPI(lifespan=lifespan)


async def ask(country: str) -> list[dict]:
    """One country's records."""
    async with app.state.session.get("/search", params={"country": country}) as response:
        response.raise_for_status()
        return orjson.loads(await response.read())


@app.get("/universities/async")
async def at_once() -> Response:
    """The countries, all asked at once."""
    lists = await asyncio.gather(*(ask(country) for country in COUNTRIES))
    body = orjson.dumps(dict(zip(COUNTRIES, lists)))
    return Response(body, media_type="application/json")
