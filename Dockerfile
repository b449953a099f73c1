# The service in one image: pages, API and workers, without the embedded S3
# server (build tag noembed). It needs PostgreSQL, Redis and S3, and runs with a
# read-only root: only /var/lib/storyreel is written, files of running jobs
# below it. infra/README.md has the arguments, and how base images are pinned.
FROM --platform=$BUILDPLATFORM node:20-bookworm-slim AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY web ./
RUN npm run build

FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=web /src/web/dist web/dist
ARG TARGETOS TARGETARCH
ARG VERSION="" COMMIT="" DATE=""
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -tags noembed -ldflags "-s -w -X main.version=$VERSION -X main.commit=$COMMIT -X main.date=$DATE" -o /out/storyreel ./cmd/storyreel

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates ffmpeg \
 && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log \
 && useradd --system --uid 10001 --user-group --no-log-init --home-dir /var/lib/storyreel --shell /usr/sbin/nologin storyreel \
 && install -d -m 0700 -o 10001 -g 10001 /var/lib/storyreel
COPY --from=build /out/storyreel /usr/local/bin/storyreel
COPY LICENSE THIRD_PARTY_LICENSES /usr/share/doc/storyreel/
ARG VERSION="" COMMIT="" DATE=""
LABEL org.opencontainers.image.title="Storyreel" \
      org.opencontainers.image.description="Video story service: API, pages and workers" \
      org.opencontainers.image.source="https://github.com/storyreel/storyreel" \
      org.opencontainers.image.documentation="https://github.com/storyreel/storyreel/blob/main/infra/README.md" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/debian:bookworm-slim" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$COMMIT" \
      org.opencontainers.image.created="$DATE"
ENV STORYREEL_DATA=/var/lib/storyreel STORYREEL_LISTEN=0.0.0.0:8080 STORYREEL_LOG_FORMAT=json
USER 10001:10001
WORKDIR /var/lib/storyreel
# Where nothing else is mounted, a volume with this folder's owner.
VOLUME ["/var/lib/storyreel"]
EXPOSE 8080
# Within one lease (60 s) a dead process is replaced; the first answer may wait
# for the database.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["storyreel", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["storyreel"]
CMD ["serve"]
