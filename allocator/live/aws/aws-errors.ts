import type { FailureReason } from "../../core/events.ts";

/** What to do about an answer of AWS that is none: try again, or say why the decision fails. */
export type Verdict = "retry" | FailureReason;

/** Codes of the EC2 and Auto Scaling API references ("Error codes"), by what they come to. */
const CODES: Readonly<Record<Exclude<Verdict, "timeout">, readonly string[]>> = {
  retry: [
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "EC2ThrottledException",
    "RequestThrottled",
    "TooManyRequestsException",
    "SlowDown",
    "InternalError",
    "InternalFailure",
    "ServiceUnavailable",
    "Unavailable",
    "ServerInternal",
    "RequestTimeout",
    "RequestExpired",
    "ExpiredToken",
    "CredentialsProviderError",
    "ScalingActivityInProgress",
    "ResourceContention",
    "ResourceInUse",
    // Just started or being stopped: what is asked can be asked of it soon.
    "IncorrectInstanceState",
    "IncorrectState",
  ],
  no_capacity: [
    "InsufficientInstanceCapacity",
    "InsufficientHostCapacity",
    "InsufficientReservedInstanceCapacity",
    "InsufficientCapacity",
    "InsufficientCapacityOnHost",
    "InsufficientAddressCapacity",
    "InsufficientFreeAddressesInSubnet",
    "InsufficientVolumeCapacity",
    "InstanceLimitExceeded",
    "VcpuLimitExceeded",
    "MaxSpotInstanceCountExceeded",
    "SpotMaxPriceTooLow",
    "VolumeLimitExceeded",
    "ReservationCapacityExceeded",
  ],
  denied: [
    "UnauthorizedOperation",
    "AccessDenied",
    "AccessDeniedException",
    "AuthFailure",
    "Blocked",
    "OptInRequired",
    "PendingVerification",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "OperationNotPermitted",
    "ValidationError",
  ],
  unsupported: [
    "Unsupported",
    "UnsupportedOperation",
    "UnsupportedHibernationConfiguration",
    "UnsupportedInstanceAttribute",
    "InvalidInstanceAttributeValue",
  ],
  unknown_target: ["InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed"],
  launch_failed: [],
};

const VERDICTS = new Map(
  Object.entries(CODES).flatMap(([verdict, codes]) => codes.map((code) => [code, verdict as Verdict] as const)),
);

/** The code of AWS, of the SDK or of the system. */
export function codeOf(error: unknown): string {
  const { name, code, Code } = error as { name?: string; code?: string; Code?: string };
  return Code ?? (name === undefined || name === "Error" ? (code ?? "Error") : name);
}

/**
 * @param otherwise what an error of a code that is not known comes to. Faults of the service and of the way to it are tried again.
 */
export function verdictOn(error: unknown, otherwise: FailureReason): Verdict {
  const known = VERDICTS.get(codeOf(error));
  if (known !== undefined) return known;
  const { $metadata, code, name } = error as { $metadata?: { httpStatusCode?: number }; code?: string; name?: string };
  const status = $metadata?.httpStatusCode ?? 0;
  const isUnreached = name === "TimeoutError" || /^(E[A-Z_]+|UND_ERR_\w+)$/.test(code ?? "");
  return status >= 500 || status === 429 || isUnreached ? "retry" : otherwise;
}

/** In one line, for the log: neither requests nor credentials are part of it. */
export function describeError(error: unknown): string {
  const message = error instanceof Error ? (error.message.split("\n")[0] as string) : String(error);
  return `${codeOf(error)}: ${message.slice(0, 300)}`;
}
