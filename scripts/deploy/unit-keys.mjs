/**
 * Keys of systemd units that a service like ours has a use for, by section. Not all there are: one that is missing here
 * and right is added.
 * @type {Record<string, string[]>}
 */
export const unitKeys = {
  Unit: words(`
    Description Documentation Wants Requires BindsTo PartOf After Before Conflicts OnFailure
    StartLimitIntervalSec StartLimitBurst ConditionPathExists AssertPathExists RequiresMountsFor`),
  Service: words(`
    Type ExecStart ExecStartPre ExecStartPost ExecReload ExecStop ExecStopPost ExecCondition
    Restart RestartSec RestartPreventExitStatus RestartForceExitStatus SuccessExitStatus
    TimeoutStartSec TimeoutStopSec TimeoutSec WatchdogSec KillMode KillSignal SendSIGKILL FinalKillSignal OOMPolicy
    User Group SupplementaryGroups DynamicUser UMask WorkingDirectory Environment EnvironmentFile LoadCredential
    StateDirectory StateDirectoryMode CacheDirectory CacheDirectoryMode RuntimeDirectory RuntimeDirectoryMode
    LogsDirectory LogsDirectoryMode ConfigurationDirectory StandardOutput StandardError SyslogIdentifier
    LimitNOFILE LimitNPROC LimitCORE LimitMEMLOCK TasksMax MemoryHigh MemoryMax CPUQuota CPUWeight Nice OOMScoreAdjust
    ProtectSystem ProtectHome PrivateTmp PrivateDevices PrivateUsers PrivateNetwork PrivateMounts
    ReadWritePaths ReadOnlyPaths InaccessiblePaths NoExecPaths ExecPaths BindPaths BindReadOnlyPaths
    NoNewPrivileges CapabilityBoundingSet AmbientCapabilities LockPersonality MemoryDenyWriteExecute
    ProtectClock ProtectControlGroups ProtectHostname ProtectKernelLogs ProtectKernelModules ProtectKernelTunables
    ProtectProc ProcSubset RemoveIPC RestrictAddressFamilies RestrictNamespaces RestrictRealtime RestrictSUIDSGID
    SystemCallArchitectures SystemCallFilter SystemCallErrorNumber IPAddressAllow IPAddressDeny DevicePolicy`),
  Install: words('WantedBy RequiredBy Also Alias DefaultInstance'),
}

/** @param {string} text */
function words(text) {
  return text.trim().split(/\s+/)
}
