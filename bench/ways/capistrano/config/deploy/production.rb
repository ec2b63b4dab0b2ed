server ENV.fetch("BENCH_ADDRESS"),
  user: ENV.fetch("BENCH_USER"),
  port: ENV.fetch("BENCH_PORT").to_i,
  roles: %w[app],
  ssh_options: {
    config: false,
    keys: [ENV.fetch("BENCH_KEY")],
    keys_only: true,
    auth_methods: %w[publickey],
    user_known_hosts_file: [ENV.fetch("BENCH_KNOWN_HOSTS")],
    global_known_hosts_file: [],
    verify_host_key: :always
  }
