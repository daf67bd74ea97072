//! One call, many countries: a documented microservice in front of the public *Universities
//! List API*, which answers one country at a time.
//!
//! # Reading order
//!
//! How a country travels, from the socket to the catalogue: [`server`] accepts a connection,
//! [`api`] parses the request, [`service`] makes a plan of it, a strategy of [`fetch`] schedules
//! one call for each country, a [`source`] makes the call, and outcomes flow back as a stream.
//! [`domain`] has the words all of them use. [`app`] puts the parts together, [`config`] fills
//! their settings, [`cli`] has the commands. [`catalogue`] is the list of universities that the
//! embedded [`upstream`] answers from. What was answered a moment ago and is still so leaves [`server`]
//! at once: `api::Ready` has it.
//!
//! # Invariants
//!
//! A module imports only modules below it in this order, and `tests/it/architecture.rs` asserts
//! it: `cli`, `config`, `app`, `server`, `upstream`, `api`, `service`, `fetch`,
//! `source`, `catalogue`, `outbound`, `domain`, `telemetry`, `aside`, `pages`, `records`.
//! `docs/decisions/` has the reasons.
//!
//! - Failure is data: a country that fails is an outcome, and no fault of one country changes
//!   another's outcome.
//! - A call that has begun runs on, whatever its reader does; a reader that goes away ends it.
//! - Everything an upstream sends is bounded in time and size and checked before it is served.

pub mod api;
pub mod app;
mod aside;
pub mod catalogue;
pub mod cli;
pub mod config;
pub mod domain;
pub mod fetch;
pub mod outbound;
pub mod pages;
mod records;
pub mod server;
pub mod service;
pub mod source;
pub mod telemetry;
pub mod upstream;
