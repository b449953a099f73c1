package check

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// podSettings holds a pod of the binary to it and returns its settings.
func podSettings(t *testing.T, c cluster, pod corev1.PodTemplateSpec) map[string]string {
	t.Helper()
	env := imageEnv(t)
	ctr := pod.Spec.Containers[0]
	require.NotEmpty(t, ctr.EnvFrom)
	for _, from := range ctr.EnvFrom {
		if from.ConfigMapRef != nil {
			for name, value := range object[*corev1.ConfigMap](t, c, from.ConfigMapRef.Name).Data {
				env[name] = value
			}
		}
	}
	for _, v := range ctr.Env {
		env[v.Name] = v.Value
	}
	for name, path := range env { // files of the Secret are mounted where settings look for them
		if strings.HasSuffix(name, "_FILE") {
			require.True(t, strings.HasPrefix(path, mountOf(t, ctr, "secrets")+"/"), path)
		}
	}
	all := settings(t, ctr.Args, env)
	require.True(t, strings.HasPrefix(all["STORYREEL_DATA"], mountOf(t, ctr, "data")+"/"),
		"a folder inside the volume, which the process makes and owns: %s", all["STORYREEL_DATA"])
	return all
}

func mountOf(t *testing.T, ctr corev1.Container, name string) string {
	t.Helper()
	for _, m := range ctr.VolumeMounts {
		if m.Name == name {
			return m.MountPath
		}
	}
	t.Fatalf("no mount %s", name)
	return ""
}

func TestKubernetes_CommandsProbesAndPortsAreThoseOfTheBinary(t *testing.T) {
	t.Parallel()
	eachOverlay(t, func(t *testing.T, c cluster) {
		all := pods(c)
		require.Subset(t, keys(all), []string{"api", "migrate", "worker-publish", "worker-review"})
		for name, pod := range all {
			ctr := pod.Spec.Containers[0]
			set := podSettings(t, c, pod)
			require.NotEmpty(t, set["STORYREEL_PUBLIC_URL"], name)
			listen := listens[ctr.Args[0]]
			if listen == "" {
				continue
			}
			require.Equal(t, port(t, set[listen]), strconv.Itoa(int(ctr.Ports[0].ContainerPort)))
			for i, probe := range []*corev1.Probe{ctr.LivenessProbe, ctr.ReadinessProbe} {
				require.Equal(t, probePaths[i], probe.HTTPGet.Path)
				require.Equal(t, intstr.FromString(ctr.Ports[0].Name), probe.HTTPGet.Port)
			}
			require.Equal(t, "/healthz", ctr.StartupProbe.HTTPGet.Path)
			needed := shutdown(t, set) + 5*time.Second
			if ctr.Args[0] == "work" {
				needed += shutdown(t, set)
			}
			if ctr.Lifecycle != nil {
				needed += time.Duration(ctr.Lifecycle.PreStop.Sleep.Seconds) * time.Second
			}
			grace := time.Duration(*pod.Spec.TerminationGracePeriodSeconds) * time.Second
			require.GreaterOrEqual(t, grace, needed, name)
		}
	})
}

// probePaths are those of the pods; TestImage_ReadOnlyRootAndHealth asks for
// them.
var probePaths = []string{"/healthz", "/readyz"}

// confinedPod is the restricted pod security standard, and more.
func confinedPod(t *testing.T, pod corev1.PodTemplateSpec) {
	t.Helper()
	s := pod.Spec
	require.True(t, *s.SecurityContext.RunAsNonRoot)
	require.Positive(t, *s.SecurityContext.RunAsUser)
	require.Equal(t, corev1.SeccompProfileTypeRuntimeDefault, s.SecurityContext.SeccompProfile.Type)
	require.False(t, *s.AutomountServiceAccountToken)
	require.False(t, *s.EnableServiceLinks, "they set variables such as STORYREEL_PORT, which are no settings")
	require.False(t, s.HostNetwork || s.HostPID || s.HostIPC)
	for _, ctr := range s.Containers {
		require.True(t, *ctr.SecurityContext.ReadOnlyRootFilesystem)
		require.False(t, *ctr.SecurityContext.AllowPrivilegeEscalation)
		require.Equal(t, []corev1.Capability{"ALL"}, ctr.SecurityContext.Capabilities.Drop)
		require.Empty(t, ctr.SecurityContext.Capabilities.Add)
		require.False(t, ctr.Resources.Limits.Memory().IsZero())
		require.False(t, ctr.Resources.Requests.Cpu().IsZero())
		require.False(t, ctr.Resources.Requests.Memory().IsZero())
		if !strings.HasSuffix(ctr.Image, ":dev") {
			requirePinned(t, ctr.Image)
		}
	}
	for _, v := range s.Volumes {
		require.Nil(t, v.HostPath)
		if v.EmptyDir != nil {
			require.Positive(t, v.EmptyDir.SizeLimit.Value(), v.Name)
		}
	}
}

func TestKubernetes_PodsAreConfined(t *testing.T) {
	t.Parallel()
	eachOverlay(t, func(t *testing.T, c cluster) {
		level := object[*corev1.Namespace](t, c, "storyreel").Labels["pod-security.kubernetes.io/enforce"]
		require.Equal(t, "restricted", level)
		for _, pod := range pods(c) {
			require.Equal(t, "10001", strconv.FormatInt(*pod.Spec.SecurityContext.RunAsUser, 10))
			confinedPod(t, pod)
		}
		for _, s := range objects[*appsv1.StatefulSet](c) {
			confinedPod(t, s.Spec.Template)
		}
	})
}

func TestKubernetes_WorkersHaveRoomForTheirJobs(t *testing.T) {
	t.Parallel()
	eachOverlay(t, func(t *testing.T, c cluster) {
		for _, name := range []string{"worker-review", "worker-publish"} {
			pod := pods(c)[name]
			set, ctr := podSettings(t, c, pod), pod.Spec.Containers[0]
			review, publish := number(t, set["STORYREEL_REVIEW_WORKERS"]), number(t, set["STORYREEL_PUBLISH_WORKERS"])
			require.Equal(t, name == "worker-review", review > 0)
			require.Equal(t, name == "worker-publish", publish > 0)
			memory := process + review*reviewRSS + publish*publishRSS
			require.GreaterOrEqual(t, ctr.Resources.Requests.Memory().Value(), memory)
			var scratch int64
			for _, v := range pod.Spec.Volumes {
				if v.EmptyDir != nil {
					require.Empty(t, v.EmptyDir.Medium, "on a disk, not in the memory of the pod")
					scratch = v.EmptyDir.SizeLimit.Value()
				}
			}
			require.Greater(t, scratch, review*2*sourceBytes+publish*(sourceBytes+ladderBytes))
			require.GreaterOrEqual(t, ctr.Resources.Requests.StorageEphemeral().Value(), scratch)
			require.Greater(t, ctr.Resources.Limits.StorageEphemeral().Value(), scratch)
			require.Equal(t, "storyreel-worker", pod.Spec.ServiceAccountName)
		}
		require.Equal(t, "storyreel-api", pods(c)["api"].Spec.ServiceAccountName)
	})
}

// TestKubernetes_ScalingFollowsTheQueues: one object for each kind of work, on
// the lists that Asynq keeps, with the longest job as cooldown.
func TestKubernetes_ScalingFollowsTheQueues(t *testing.T) {
	t.Parallel()
	c, err := build(root + "/infra/k8s/overlays/aws")
	require.NoError(t, err)
	names := queues(t)
	for kind, of := range map[string][]string{"review": {"review", "publish"}, "publish": {"ladder"}} {
		s := object[*scaledObject](t, c, "worker-"+kind)
		object[*appsv1.Deployment](t, c, s.Spec.ScaleTargetRef.Name)
		require.Nil(t, object[*appsv1.Deployment](t, c, "worker-"+kind).Spec.Replicas, "KEDA's")
		require.Positive(t, s.Spec.MinReplicaCount, "removals and the sweep go on")
		require.Greater(t, s.Spec.MaxReplicaCount, s.Spec.MinReplicaCount)
		require.GreaterOrEqual(t, time.Duration(s.Spec.CooldownPeriod)*time.Second, 2*time.Hour)
		require.Positive(t, s.Spec.Advanced.HorizontalPodAutoscalerConfig.Behavior.ScaleDown.StabilizationWindowSeconds)
		set := podSettings(t, c, pods(c)["worker-"+kind])
		var lists []string
		for _, trigger := range s.Spec.Triggers {
			require.Equal(t, "redis", trigger.Type)
			require.Equal(t, set["STORYREEL_"+strings.ToUpper(kind)+"_WORKERS"], trigger.Metadata.ListLength)
			require.NotEmpty(t, trigger.Metadata.Address)
			auth := object[*triggerAuthentication](t, c, trigger.AuthenticationRef.Name)
			require.Equal(t, "storyreel", auth.Spec.SecretTargetRef[0].Name)
			lists = append(lists, trigger.Metadata.ListName)
		}
		var want []string
		for _, queue := range of {
			prefix := "asynq:{" + names[queue] + "}:"
			want = append(want, prefix+"pending", prefix+"active")
		}
		require.Equal(t, want, lists)
	}
}

func TestKubernetes_MonitorsFindPortsAndPods(t *testing.T) {
	t.Parallel()
	c, err := build(root + "/infra/k8s/overlays/aws")
	require.NoError(t, err)
	api, workers := object[*podMonitor](t, c, "api"), object[*podMonitor](t, c, "workers")
	for name, pod := range pods(c) {
		ctr := pod.Spec.Containers[0]
		for kind, monitor := range map[string]*podMonitor{"serve": api, "work": workers} {
			if ctr.Args[0] != kind {
				require.NotSubset(t, pod.Labels, monitor.Spec.Selector.MatchLabels, name)
				continue
			}
			require.Subset(t, pod.Labels, monitor.Spec.Selector.MatchLabels)
			require.Equal(t, "/metrics", monitor.Spec.PodMetricsEndpoints[0].Path)
			port := ctr.Ports[len(ctr.Ports)-1]
			require.Equal(t, port.Name, monitor.Spec.PodMetricsEndpoints[0].Port)
			require.Equal(t, "0.0.0.0:"+strconv.Itoa(int(port.ContainerPort)),
				podSettings(t, c, pod)["STORYREEL_METRICS_LISTEN"])
		}
	}
}

// TestKubernetes_SelectorsFindPods covers Services, budgets and policies.
func TestKubernetes_SelectorsFindPods(t *testing.T) {
	t.Parallel()
	eachOverlay(t, func(t *testing.T, c cluster) {
		labels := []map[string]string{}
		for _, pod := range pods(c) {
			labels = append(labels, pod.Labels)
		}
		for _, s := range objects[*appsv1.StatefulSet](c) {
			labels = append(labels, s.Spec.Template.Labels)
		}
		found := func(want map[string]string) bool {
			for _, l := range labels {
				if matches(l, want) {
					return true
				}
			}
			return false
		}
		for _, s := range objects[*corev1.Service](c) {
			require.True(t, found(s.Spec.Selector), s.Name)
		}
		for _, b := range objects[*policyv1.PodDisruptionBudget](c) {
			require.True(t, found(b.Spec.Selector.MatchLabels), b.Name)
		}
		for _, p := range objects[*networkingv1.NetworkPolicy](c) {
			require.True(t, found(p.Spec.PodSelector.MatchLabels), p.Name)
			for _, rule := range p.Spec.Egress {
				for _, to := range rule.To {
					if to.PodSelector != nil && to.NamespaceSelector == nil {
						require.True(t, found(to.PodSelector.MatchLabels), p.Name)
					}
				}
			}
		}
	})
}

func matches(labels, want map[string]string) bool {
	for name, value := range want {
		if labels[name] != value {
			return false
		}
	}
	return true
}

// TestKubernetes_WorkersReachNothingElse adds up what the policies open.
func TestKubernetes_WorkersReachNothingElse(t *testing.T) {
	t.Parallel()
	eachOverlay(t, func(t *testing.T, c cluster) {
		deny := object[*networkingv1.NetworkPolicy](t, c, "nothing")
		require.Empty(t, deny.Spec.PodSelector.MatchLabels)
		require.Empty(t, deny.Spec.Egress)
		require.Empty(t, deny.Spec.Ingress)
		require.Len(t, deny.Spec.PolicyTypes, 2)
		open := map[string]bool{}
		for _, p := range objects[*networkingv1.NetworkPolicy](c) {
			if !matches(pods(c)["worker-publish"].Labels, p.Spec.PodSelector.MatchLabels) ||
				len(p.Spec.PodSelector.MatchExpressions) > 0 {
				continue
			}
			for _, rule := range p.Spec.Egress {
				require.NotEmpty(t, rule.To, "%s opens everything", p.Name)
				require.NotEmpty(t, rule.Ports, "%s opens every port", p.Name)
				for _, to := range rule.To {
					if to.IPBlock != nil {
						require.Equal(t, "10.0.0.0/16", to.IPBlock.CIDR, "a private network alone")
					}
				}
				for _, port := range rule.Ports {
					open[port.Port.String()] = true
				}
			}
		}
		delete(open, "7070") // S3 in the cluster
		delete(open, "443")  // S3 of AWS
		require.Equal(t, []string{"53", "5432", "6379"}, keys(open))
	})
}

// TestKubernetes_OnlyTheAPIReachesTheInternet: webhooks, sign-in and mail, and
// no address of the cluster or of its cloud.
func TestKubernetes_OnlyTheAPIReachesTheInternet(t *testing.T) {
	t.Parallel()
	eachOverlay(t, func(t *testing.T, c cluster) {
		outside := object[*networkingv1.NetworkPolicy](t, c, "outside")
		for name, pod := range pods(c) {
			require.Equal(t, name == "api", matches(pod.Labels, outside.Spec.PodSelector.MatchLabels), name)
		}
		require.Len(t, outside.Spec.Egress, 1)
		block := outside.Spec.Egress[0].To[0].IPBlock
		for _, inside := range []string{"10.3.2.1", "172.31.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"} {
			address := netip.MustParseAddr(inside)
			require.True(t, slices.ContainsFunc(block.Except, func(network string) bool {
				return netip.MustParsePrefix(network).Contains(address)
			}), inside)
		}
		for _, port := range outside.Spec.Egress[0].Ports {
			require.Contains(t, []string{"443", "465", "587"}, port.Port.String())
		}
	})
}
