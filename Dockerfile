# Build: a static binary, so that the final stage needs nothing but the binary.
ARG RUST_VERSION=1.95
FROM rust:${RUST_VERSION}-slim-bookworm AS build
WORKDIR /src

# The allocator is built with make. What is hot is learnt from a load by curl, and read by the tool of
# the compiler's own LLVM.
RUN llvm="$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')" \
    && { command -v make && command -v curl && command -v "llvm-profdata-$llvm" \
        || { apt-get update && apt-get install --yes --no-install-recommends make curl "llvm-$llvm"; }; }

# Dependencies first, those with counters: this layer is built anew only when they change.
COPY .cargo .cargo
COPY Cargo.toml Cargo.lock ./
COPY pgo pgo
RUN mkdir -p src tests/it benches /data \
    && echo 'fn main() {}' \
        | tee src/main.rs tests/it/main.rs \
            $(sed -n '/^\[\[bench\]\]/{n;s|^name = "\(.*\)"|benches/\1.rs|p}' Cargo.toml) \
    && touch src/lib.rs \
    && pgo/build --counting

COPY data data
COPY openapi/examples.json openapi/
COPY src src
# The stand-ins may be younger than the sources copied over them.
RUN touch src/main.rs src/lib.rs \
    && cp "$(pgo/build)" /universities

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
