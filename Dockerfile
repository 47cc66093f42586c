# The service without a database of its own: web and sweep, and every pecan command. compose.yaml puts it together.
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml setup.py README.md constraints.txt ./
COPY alembic alembic
COPY paddles paddles
RUN python -m venv /opt/paddles && /opt/paddles/bin/pip install --no-cache-dir -c constraints.txt .

FROM python:3.13-slim
RUN useradd --system --no-create-home --shell /usr/sbin/nologin paddles
COPY --from=build /opt/paddles /opt/paddles
COPY gunicorn_config.py /etc/paddles/gunicorn_config.py
# Every default; the environment and mounted secrets win over it.
COPY config.py.in /etc/paddles/config.py
ENV PATH=/opt/paddles/bin:$PATH
ENV PADDLES_CONFIG=/etc/paddles/config.py
ENV PECAN_CONFIG=/etc/paddles/config.py
ENV PADDLES_SERVER_HOST=0.0.0.0
ENV PADDLES_SERVER_PORT=8080
ENV MALLOC_ARENA_MAX=2
USER paddles
EXPOSE 8080
CMD ["gunicorn", "-c", "/etc/paddles/gunicorn_config.py", "paddles.wsgi:application"]
