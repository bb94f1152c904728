# Builds with the whole toolchain, runs without it.
FROM swift:6.2-bookworm AS build
WORKDIR /source
COPY . .
# make installs the other packages that a build needs.
RUN apt-get update && apt-get install --yes --no-install-recommends make && make install DESTDIR=/image PREFIX=/usr

FROM debian:bookworm-slim
# ca-certificates are for an https task broker, python3-pip for "terrarium packages install".
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libpython3.11 libseccomp2 python3-pip tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --user-group --no-create-home --shell /usr/sbin/nologin terrarium \
    && install -d -o terrarium -g terrarium -m 0755 /run/terrarium
COPY --from=build /image/usr /usr
USER terrarium
ENV TERRARIUM_SOCKET=/run/terrarium/terrarium.sock \
    TERRARIUM_SOCKET_MODE=0666
VOLUME /run/terrarium
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s CMD ["terrarium", "info"]
ENTRYPOINT ["terrarium"]
CMD ["serve"]
