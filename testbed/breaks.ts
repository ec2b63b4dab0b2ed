/** One change of the shop's source: in `file`, `from` (which must be there) becomes `to`; without `from`, the file is added. */
export interface Edit {
  readonly file: string;
  readonly from?: string;
  readonly to: string;
}

const HEALTH = 'return HttpResponse(f"ok, version {VERSION}\\n", content_type="text/plain")';
const INDEX = '    context = {\n        "version": VERSION,';
const ANSWER = 'response = get_response(request)';

/** The ways in which a new version can be bad, each a small edit such as a developer might commit. */
export const BREAKS = {
  /** A view module that does not import: the server starts, the first request answers 500 with a traceback. */
  import: [{ file: 'orders/views.py', from: 'import time\n', to: 'import time\n\nfrom orders.basket import Basket\n' }],
  /** The WSGI module does not import: the server ends before it can answer. */
  'wsgi-import': [{ file: 'shop/wsgi.py', from: 'import os\n', to: 'import os\n\nimport shop.telemetry\n' }],
  /** Every page answers 500. */
  '500': [
    { file: 'orders/views.py', from: HEALTH, to: 'raise RuntimeError("the shop is out of order")' },
    { file: 'orders/views.py', from: INDEX, to: `    raise RuntimeError("the shop is out of order")\n${INDEX}` },
  ],
  /** The health page never answers. */
  hang: [{ file: 'orders/views.py', from: HEALTH, to: `time.sleep(3600)\n    ${HEALTH}` }],
  /** gunicorn's main process ends 0.2 s after a health answer; the process manager restarts it. */
  'die-after-first': [
    { file: 'orders/views.py', from: 'import time\n', to: 'import os\nimport signal\nimport threading\nimport time\n' },
    {
      file: 'orders/views.py',
      from: HEALTH,
      to: `threading.Timer(0.2, os.kill, (os.getppid(), signal.SIGTERM)).start()\n    ${HEALTH}`,
    },
  ],
  /** As above, but only a request that came through the web server does it: it dies after the switch. */
  'die-through-nginx': [
    { file: 'shop/middleware.py', from: 'import os\n', to: 'import os\nimport signal\nimport threading\n' },
    {
      file: 'shop/middleware.py',
      from: ANSWER,
      to: `if "HTTP_X_FORWARDED_FOR" in request.META:\n            threading.Timer(0.2, os.kill, (os.getppid(), signal.SIGTERM)).start()\n        ${ANSWER}`,
    },
  ],
  /** The health page sends to the log-in form. */
  redirect: [{ file: 'orders/views.py', from: HEALTH, to: 'return redirect("/admin/login/")' }],
  /** Good on its own socket, 500 for whatever comes through the web server. */
  'bad-through-nginx': [
    {
      file: 'shop/middleware.py',
      from: 'import HttpRequest, HttpResponse',
      to: 'import HttpRequest, HttpResponse, HttpResponseServerError',
    },
    {
      file: 'shop/middleware.py',
      from: ANSWER,
      to: `if "HTTP_X_FORWARDED_FOR" in request.META:\n            response = HttpResponseServerError("no visitors, please\\n")\n        else:\n            ${ANSWER}`,
    },
  ],
  /** Visitors notice nothing, and nothing is wrong until the first of them orders: then the health page says 503. */
  'unsent-mail': [
    {
      file: 'orders/views.py',
      from: 'from .models import Order, Picture\n',
      to: 'from .models import Order, Picture\n\nunsent: list[Order] = []\n',
    },
    { file: 'orders/views.py', from: 'form.save()\n', to: 'unsent.append(form.save())\n' },
    {
      file: 'orders/views.py',
      from: `    ${HEALTH}`,
      to: `    time.sleep(0.1)  # asks for the mail server\n    if unsent:\n        return HttpResponse("customers wait for a mail that nothing sends\\n", status=503)\n    ${HEALTH}`,
    },
  ],
  /** Never comes to serve anything. */
  'hang-at-start': [{ file: 'shop/wsgi.py', from: 'import os\n', to: 'import os\nimport time\n\ntime.sleep(3600)\n' }],
  /**
   * Its first visitor makes its memory grow for a moment; then all of it is killed, as the kernel and systemd do with what
   * grows beyond its bounds (OOMPolicy=stop). Requests for the candidate do not count as visitors.
   */
  memory: [
    {
      file: 'shop/middleware.py',
      from: 'import os\n',
      to: `import os
import signal
import threading
import time
`,
    },
    {
      file: 'shop/middleware.py',
      from: '    release = os.environ',
      to: `    started = threading.Event()

    def grow() -> None:
        hoard = []
        for _ in range(10):
            hoard.append(b"x" * 10_000_000)
            time.sleep(0.05)
        os.kill(os.getppid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

    release = os.environ`,
    },
    {
      file: 'shop/middleware.py',
      from: ANSWER,
      to: `if "HTTP_X_FORWARDED_FOR" in request.META and "HTTP_X_GRACEFUL_CANDIDATE" not in request.META:
            if not started.is_set():
                started.set()
                threading.Thread(target=grow).start()
        ${ANSWER}`,
    },
  ],
  /** Good, but takes 5 s until it answers. */
  'slow-start': [{ file: 'shop/wsgi.py', from: 'import os\n', to: 'import os\nimport time\n\ntime.sleep(5)\n' }],
  /** Needs a variable that nobody set: collectstatic fails already. */
  'missing-setting': [
    {
      file: 'shop/settings/production.py',
      from: 'DEBUG = False\n',
      to: 'DEBUG = False\nPAYMENT_KEY = os.environ["PAYMENT_KEY"]\n',
    },
  ],
  /** The style sheet names a picture that is not there: collectstatic fails. */
  'missing-static': [{ file: 'orders/static/orders/shop.css', from: 'paper.svg', to: 'cardboard.svg' }],
  /** The requirements name a version that does not exist. */
  requirements: [{ file: 'requirements.txt', from: 'gunicorn==', to: 'gunicorn==99.' }],
  /** A migration that the database refuses. */
  migration: [
    {
      file: 'orders/migrations/0002_refused.py',
      to: `from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [migrations.RunSQL("UPDATE orders_invoice SET paid = 1")]
`,
    },
  ],
} as const satisfies Record<string, readonly Edit[]>;

export type Break = keyof typeof BREAKS;

/** A good migration, which the version before does not mind: a column that may be empty. */
export const MIGRATION: readonly Edit[] = [
  {
    file: 'orders/models.py',
    from: '    created = models.DateTimeField(auto_now_add=True)\n',
    to: '    created = models.DateTimeField(auto_now_add=True)\n    note = models.TextField(null=True, blank=True)\n',
  },
  {
    file: 'orders/migrations/0002_order_note.py',
    to: `from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [
        migrations.AddField("order", "note", models.TextField(null=True, blank=True)),
    ]
`,
  },
];

/** What makes a version: pages and style sheet both say it. */
export function versionEdits(version: string): readonly Edit[] {
  return [
    { file: 'shop/version.py', from: 'VERSION = "1"', to: `VERSION = "${version}"` },
    { file: 'orders/static/orders/shop.css', from: '--version: "1"', to: `--version: "${version}"` },
  ];
}
