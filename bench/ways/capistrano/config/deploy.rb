lock "~> 3.17"

set :application, ENV.fetch("BENCH_SITE")
set :repo_url, ENV.fetch("BENCH_GIT_URL")
set :branch, "main"
set :deploy_to, "/srv/#{fetch(:application)}"
set :keep_releases, 5

append :linked_files, ".env"
append :linked_dirs, "data"

set :default_env, ENV.to_h.slice("PIP_NO_INDEX", "PIP_FIND_LINKS", "PIP_DISABLE_PIP_VERSION_CHECK")
set :venv, -> { shared_path.join("venv") }

namespace :python do
  desc "Bring the virtual environment, which all releases share, to what this release requires"
  task :requirements do
    on roles(:app) do
      execute :python3, "-m", "venv", fetch(:venv) unless test("[ -x #{fetch(:venv)}/bin/pip ]")
      execute "#{fetch(:venv)}/bin/pip", "install", "--quiet", "-r", release_path.join("requirements.txt")
    end
  end
end

namespace :django do
  def manage(command)
    execute "cd #{release_path} && set -a && . ./.env && #{fetch(:venv)}/bin/python manage.py #{command} --noinput"
  end

  task :migrate do
    on(roles(:app)) { manage "migrate" }
  end

  task :collectstatic do
    on(roles(:app)) { manage "collectstatic" }
  end
end

namespace :deploy do
  task :restart do
    on(roles(:app)) { execute :sudo, "systemctl", "restart", "#{fetch(:application)}-web.service" }
  end
end

# As capistrano-bundler does for Ruby's packages: after a rollback too, the packages are the release's.
before "deploy:updated", "python:requirements"
before "deploy:reverted", "python:requirements"
before "deploy:updated", "django:migrate"
before "deploy:updated", "django:collectstatic"
after "deploy:publishing", "deploy:restart"
