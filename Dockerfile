FROM python:3.11-slim

RUN useradd --uid 10001 --create-home syncline \
 && install -d -o syncline /data
WORKDIR /app

# The lock alone first: code changes do not install again.
COPY requirements/base.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/base.txt

COPY manage.py ./
COPY static static
COPY templates templates
COPY dashboard dashboard
COPY syncapp syncapp
RUN python -m compileall -q dashboard syncapp \
 && python manage.py collectstatic --no-input

ENV PYTHONUNBUFFERED=1 \
    SYNCLINE_DATA=/data \
    GRANIAN_INTERFACE=wsgi \
    GRANIAN_HOST=0.0.0.0 \
    GRANIAN_PORT=8400 \
    GRANIAN_WORKERS=2 \
    GRANIAN_BLOCKING_THREADS=2 \
    GRANIAN_WORKERS_KILL_TIMEOUT=10
USER syncline
EXPOSE 8400
CMD ["granian", "--no-ws", "--respawn-failed-workers", "dashboard.wsgi:application"]
