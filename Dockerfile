# The service in one image: pages, API and workers, without the embedded S3
# server (build tag noembed). It needs PostgreSQL, Redis and S3.
FROM node:20-bookworm-slim AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY web ./
RUN npm run build

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=web /src/web/dist web/dist
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -tags noembed -ldflags "-s -w -X main.version=${VERSION}" -o /storyreel ./cmd/storyreel

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates ffmpeg && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /var/lib/storyreel --create-home storyreel
COPY --from=build /storyreel /usr/local/bin/storyreel
USER storyreel
ENV STORYREEL_DATA=/var/lib/storyreel STORYREEL_LISTEN=0.0.0.0:8080 STORYREEL_LOG_FORMAT=json
EXPOSE 8080
ENTRYPOINT ["storyreel"]
CMD ["serve"]
