//! Black-box tests: the real server on a free loopback port, called over real sockets, in front
//! of an upstream that is the embedded one or plays a script. One file a topic.

mod architecture;
mod article;
mod browser;
mod cli;
mod connections;
mod countries;
mod document;
mod embedded_upstream;
mod examples;
mod headers;
mod limits;
mod lookup;
mod negotiation;
mod operations;
mod problems;
mod ready;
mod refresh;
mod resilience;
mod search;
mod secured;
mod service_pages;
mod shutdown;
mod spellings;
mod stream;
mod support;
mod traces;
mod truth;
mod universities;
mod upstream_faults;
