# Builds with the whole toolchain, runs without it.
#
#   docker build --tag terrarium .
#   docker build --build-arg DEBIAN=trixie --build-arg SWIFT=6.4 --tag terrarium:trixie .
#
# DEBIAN is the release of the image, and with it the version of Python: bookworm has 3.11, trixie 3.13. Swift has images on
# trixie from 6.4 on: --build-arg DEBIAN=trixie --build-arg SWIFT=6.4. The tests run with Swift 6.2.
ARG DEBIAN=bookworm
ARG SWIFT=6.2

FROM swift:${SWIFT}-${DEBIAN} AS build
WORKDIR /source
COPY . .
# make installs the other packages that a build needs.
RUN apt-get update && apt-get install --yes --no-install-recommends make && make install DESTDIR=/image PREFIX=/usr

FROM debian:${DEBIAN}-slim
# ca-certificates are for an https task broker, python3-pip for "terrarium packages install". /usr/bin/python3 is a link to the
# release's version, whose library the worker is linked to.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libseccomp2 python3-pip tzdata \
    && apt-get install --yes --no-install-recommends "lib$(readlink /usr/bin/python3)" \
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
