# Build: a static binary, so that the final stage needs nothing but the binary.
ARG RUST_VERSION=1.95
FROM rust:${RUST_VERSION}-slim-bookworm AS build
WORKDIR /src
ENV RUSTFLAGS="-C target-feature=+crt-static"

# The allocator is built with make, which some images of the toolchain lack.
RUN command -v make || (apt-get update && apt-get install --yes --no-install-recommends make)

# Dependencies first: this layer is built anew only when they change.
COPY .cargo .cargo
COPY Cargo.toml Cargo.lock ./
RUN mkdir -p src tests/it benches /data \
    && echo 'fn main() {}' \
        | tee src/main.rs tests/it/main.rs benches/catalogue.rs benches/decoding.rs \
            benches/instructions.rs benches/names.rs \
    && touch src/lib.rs \
    && cargo build --release --locked --target "$(rustc -vV | sed -n 's/^host: //p')"

COPY data data
COPY openapi/examples.json openapi/
COPY src src
# The stand-ins may be younger than the sources copied over them.
RUN touch src/main.rs src/lib.rs \
    && target="$(rustc -vV | sed -n 's/^host: //p')" \
    && cargo build --release --locked --target "$target" \
    && cp "target/$target/release/universities" /universities

# Run: no shell, no libraries, not root. The Mozilla roots are built into the binary, so https
# upstreams work without a CA bundle. A read-only root file system will do: nothing is written but
# to --data-dir.
FROM scratch
COPY --from=build /universities /universities
# A volume mounted here can be written to by the user below: a place for --data-dir.
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
ENV UNIVERSITIES_BIND=0.0.0.0:9000 \
    UNIVERSITIES_LOG=json
EXPOSE 9000
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s --retries=3 \
    CMD ["/universities", "healthcheck"]
ENTRYPOINT ["/universities"]
CMD ["serve"]
