# One image for web, worker and beat. Its steps are the Makefile's own.
FROM python:3.13-slim

RUN apt-get update \
  && apt-get install --yes --no-install-recommends make \
  && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY Makefile requirements.lock ./
RUN make .venv/.runtime-is-in

COPY . .
ENV PATH=/app/.venv/bin:$PATH \
  PYTHONUNBUFFERED=1 \
  MEDIA_ROOT=/var/lib/portal/media \
  STATIC_ROOT=/var/lib/portal/static
RUN make install \
  && SECRET_KEY=only-while-building python manage.py collectstatic --no-input --verbosity 0 \
  && useradd --uid 10001 --no-create-home portal \
  && install --directory --owner portal /var/lib/portal/media /var/lib/portal/outside

USER portal
EXPOSE 8000
# a database connection for each of 2 × 8 threads; a worker that is still starting does not hear a signal, so it is killed
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "8", \
  "--workers-kill-timeout", "5", "portal.wsgi:application"]
