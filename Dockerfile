# syntax=docker/dockerfile:1
# Stage 1 builds an environment from hash-checked wheels; stage 2 carries it and nothing else.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
RUN python -m venv /opt/build && python -m venv --without-pip /opt/understudy
COPY requirements.txt requirements-build.txt ./
RUN /opt/build/bin/pip install --require-hashes --only-binary :all: -r requirements-build.txt \
 && /opt/build/bin/pip --python /opt/understudy/bin/python install --require-hashes \
    --only-binary :all: -r requirements.txt
COPY pyproject.toml README.md LICENSE THIRD_PARTY_NOTICES.md ./
COPY collector collector
COPY web web
RUN PATH="/opt/build/bin:$PATH" pip wheel --no-deps --no-build-isolation --wheel-dir /dist . \
 && /opt/build/bin/pip --python /opt/understudy/bin/python install --no-deps --no-index /dist/*.whl \
 && /opt/understudy/bin/python -m compileall -q /opt/understudy/lib \
 && install -d -o 65532 -g 65532 -m 0750 /data

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="understudy" \
      org.opencontainers.image.description="A low-memory stand-in for Langfuse" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/understudy /opt/understudy
COPY --from=build --chown=65532:65532 /data /data
ENV PATH="/opt/understudy/bin:$PATH" \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
WORKDIR /data
USER 65532:65532
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=6s --start-period=30s --retries=3 CMD ["understudy", "health"]
ENTRYPOINT ["understudy"]
CMD ["serve"]
