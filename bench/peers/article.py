"""The service as a tutorial of 2022 describes it: FastAPI, pydantic models, a new client per call."""

import asyncio
import os
import time

import httpx
from fastapi import FastAPI, Request
from pydantic import BaseModel, Field

UPSTREAM = os.environ["BENCH_UPSTREAM"]
COUNTRIES = ("turkey", "india", "australia")

app = FastAPI()


class University(BaseModel):
    """One record of the upstream."""

    country: str
    web_pages: list[str]
    name: str
    alpha_two_code: str
    domains: list[str]
    state_province: str | None = Field(default=None, alias="state-province")


Universities = dict[str, list[University]]


@app.middleware("http")
async def process_time(request: Request, call_next):
    """Says in a header how long the answer took."""
    start = time.perf_counter()
    response = await call_next(request)
    response.headers["X-Process-Time"] = f"{time.perf_counter() - start:.4f} sec"
    return response


def parsed(response: httpx.Response) -> list[University]:
    """The records of an upstream answer as models."""
    response.raise_for_status()
    return [University.model_validate(record) for record in response.json()]


def ask(country: str) -> list[University]:
    """One country, with a client that lives for this call."""
    return parsed(httpx.get(f"{UPSTREAM}/search", params={"country": country}, timeout=60))


async def ask_async(country: str) -> list[University]:
    """One country, with an asynchronous client that lives for this call."""
    async with httpx.AsyncClient(timeout=60) as client:
        return parsed(await client.get(f"{UPSTREAM}/search", params={"country": country}))


@app.get("/universities/")
def one_after_another() -> Universities:
    """The countries, each asked when the one before has answered."""
    return {country: ask(country) for country in COUNTRIES}


@app.get("/universities/async")
async def at_once() -> Universities:
    """The countries, all asked at once."""
    lists = await asyncio.gather(*(ask_async(country) for country in COUNTRIES))
    return dict(zip(COUNTRIES, lists))
