# Debian, not Alpine: the PostgreSQL that comes with Crisper is built for glibc.
ARG NODE_VERSION=20

FROM node:${NODE_VERSION}-bookworm-slim AS dependencies
WORKDIR /opt/crisper
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM dependencies AS build
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
COPY web web
RUN npm run build

FROM node:${NODE_VERSION}-bookworm-slim
ENV NODE_ENV=production \
    CRISPER_DATA_DIR=/var/lib/crisper/data
# Used without --database only. A volume here needs the owner that the embedded PostgreSQL runs as.
RUN install --directory --owner=node --group=node --mode=0700 /var/lib/crisper /var/lib/crisper/data
WORKDIR /opt/crisper
COPY package.json LICENSE ./
COPY deploy/probe.mjs deploy/
COPY --from=dependencies /opt/crisper/node_modules node_modules
COPY --from=build /opt/crisper/dist dist
# `node` by number: Kubernetes can't tell from a name that it isn't root.
USER 1000:1000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["node", "deploy/probe.mjs", "/healthz"]
ENTRYPOINT ["node", "dist/cli/main.js"]
CMD ["serve"]
