# One image for every service: the build stage makes a virtual environment from the hashed lock, the final stage
# carries only that.
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
# Where packages come from is the builder's business: pass PIP_INDEX_URL and the like as build arguments.
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/messiah
WORKDIR /src
COPY requirements.txt ./
RUN /opt/messiah/bin/pip install --require-hashes --only-binary :all: -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY contracts contracts
COPY services services
COPY simulator simulator
COPY messiah messiah
RUN /opt/messiah/bin/pip install --no-deps --no-build-isolation .

FROM ${PYTHON_IMAGE}
RUN useradd --create-home --uid 10001 messiah && install -d -o messiah /var/lib/messiah
COPY --from=build /opt/messiah /opt/messiah
ENV PATH=/opt/messiah/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    MESSIAH_HOST=0.0.0.0 \
    MESSIAH_VAR=/var/lib/messiah \
    LOG_FORMAT=json
USER messiah
WORKDIR /var/lib/messiah
STOPSIGNAL SIGTERM
ENTRYPOINT ["messiah"]
CMD ["up"]
