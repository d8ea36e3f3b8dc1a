//! The merchants as the engine keeps them at hand, with their secrets open.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use deodar_domain::id::{MerchantId, UuidBits};
use deodar_domain::merchant::{LogoDigest, Merchant};
use deodar_store::{
    Epoch, Record, RecordKey, ReferenceKey, Setting, SettingKey, Version, Versioned,
};
use tracing::error;
use zeroize::Zeroizing;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::keys::{Keys, SecretKind, WrongKey};

/// A merchant with its secrets open.
pub(crate) struct Tenant {
    pub(crate) merchant: Arc<Merchant>,
    pub(crate) client_secret: Zeroizing<Vec<u8>>,
    pub(crate) signing_key: Zeroizing<Vec<u8>>,
    pub(crate) webhook_secret: Zeroizing<Vec<u8>>,
    version: Version,
}

impl Tenant {
    fn open(keys: &Keys, stored: Versioned<Merchant>) -> Result<Self, WrongKey> {
        let Versioned { record: merchant, version } = stored;
        let client_secret = keys.open(merchant.id, SecretKind::Client, &merchant.client_secret)?;
        let webhook_secret = match &merchant.webhook_secret {
            Some(secret) => keys.open(merchant.id, SecretKind::Webhook, secret)?,
            None => client_secret.clone(),
        };
        Ok(Self {
            signing_key: keys.open(merchant.id, SecretKind::Signing, &merchant.signing_key)?,
            merchant: Arc::new(merchant),
            client_secret,
            webhook_secret,
            version,
        })
    }
}

/// The merchants that this process has read.
#[derive(Default)]
pub(crate) struct Tenants {
    by_id: RwLock<HashMap<MerchantId, Arc<Tenant>>>,
    by_client: RwLock<HashMap<UuidBits, MerchantId>>,
}

impl Tenants {
    fn get(&self, id: MerchantId) -> Option<Arc<Tenant>> {
        self.by_id.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// A merchant that has this logo.
    pub(crate) fn of_logo(&self, digest: LogoDigest) -> Option<MerchantId> {
        let by_id = self.by_id.read().unwrap_or_else(PoisonError::into_inner);
        let logo = |tenant: &Tenant| tenant.merchant.appearance.logo;
        let found = by_id.values().find(|one| logo(one).is_some_and(|logo| logo.digest == digest));
        found.map(|tenant| tenant.merchant.id)
    }

    fn id_of_client(&self, client: UuidBits) -> Option<MerchantId> {
        self.by_client.read().unwrap_or_else(PoisonError::into_inner).get(&client).copied()
    }

    /// Keeps a merchant, but for one that was read before a newer one was kept; gives what is kept.
    fn insert(&self, tenant: Arc<Tenant>) -> Arc<Tenant> {
        let id = tenant.merchant.id;
        let client = tenant.merchant.client_id;
        self.by_client.write().unwrap_or_else(PoisonError::into_inner).insert(client, id);
        let mut by_id = self.by_id.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(newer) = by_id.get(&id).filter(|kept| kept.version > tenant.version) {
            return Arc::clone(newer);
        }
        by_id.insert(id, Arc::clone(&tenant));
        tenant
    }

    fn forget(&self, id: MerchantId) {
        self.by_id.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}

impl Engine {
    /// Reads every merchant and the clock, once, when the engine opens.
    pub(crate) async fn load_tenants(&self) -> Result<(), EngineError> {
        let epoch = self.parts.store.changed_since(Epoch::default()).await?.epoch;
        for stored in self.parts.store.merchants().await? {
            self.remember(stored)?;
        }
        self.read_clock_offset().await?;
        *self.epoch.lock().await = epoch;
        Ok(())
    }

    fn remember(&self, stored: Versioned<Merchant>) -> Result<Arc<Tenant>, EngineError> {
        let tenant = Tenant::open(&self.keys, stored).map_err(|_| EngineError::WrongMasterKey)?;
        Ok(self.tenants.insert(Arc::new(tenant)))
    }

    /// Reads a merchant and keeps it at hand.
    pub(crate) async fn read_tenant(
        &self,
        id: MerchantId,
    ) -> Result<Option<Arc<Tenant>>, EngineError> {
        match self.parts.store.get(RecordKey::Merchant(id)).await? {
            Some(Versioned { record: Record::Merchant(merchant), version }) => {
                self.remember(Versioned { record: *merchant, version }).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The merchant of an id.
    pub(crate) async fn tenant(&self, id: MerchantId) -> Result<Option<Arc<Tenant>>, EngineError> {
        if let Some(tenant) = self.tenants.get(id) {
            return Ok(Some(tenant));
        }
        self.read_tenant(id).await
    }

    /// The merchant of a record that must have one.
    pub(crate) async fn tenant_of(&self, id: MerchantId) -> Result<Arc<Tenant>, EngineError> {
        let found = self.tenant(id).await?;
        found.ok_or_else(|| EngineError::Internal(format!("merchant {id} is missing")))
    }

    pub(crate) async fn tenant_by_client(
        &self,
        client: UuidBits,
    ) -> Result<Option<Arc<Tenant>>, EngineError> {
        if let Some(id) = self.tenants.id_of_client(client) {
            return self.tenant(id).await;
        }
        match self.parts.store.find(&ReferenceKey::Client(client)).await? {
            Some(RecordKey::Merchant(id)) => self.tenant(id).await,
            _ => Ok(None),
        }
    }

    /// Reads what other processes changed: merchants, secrets, the clock. A worker calls it several
    /// times a second.
    pub async fn refresh(&self) -> Result<(), EngineError> {
        let mut epoch = self.epoch.lock().await;
        let changes = self.parts.store.changed_since(*epoch).await?;
        for key in changes.keys {
            match key {
                RecordKey::Setting(SettingKey::ClockOffset) => self.read_clock_offset().await?,
                RecordKey::Merchant(id) => self.read_again(id).await?,
                _ => {}
            }
        }
        *epoch = changes.epoch;
        Ok(())
    }

    /// Reads a merchant that changed. One that cannot be read is not served as it was, and hides no
    /// change of another.
    async fn read_again(&self, id: MerchantId) -> Result<(), EngineError> {
        match self.read_tenant(id).await {
            Ok(_) => Ok(()),
            Err(error @ EngineError::Unavailable(_)) => Err(error),
            Err(error) => {
                error!(merchant = %id, %error, "a merchant that changed cannot be read");
                self.tenants.forget(id);
                Ok(())
            }
        }
    }

    async fn read_clock_offset(&self) -> Result<(), EngineError> {
        let key = RecordKey::Setting(SettingKey::ClockOffset);
        if let Some(stored) = self.parts.store.get(key).await?
            && let Record::Setting(Setting::ClockOffset { seconds }) = stored.record
        {
            self.set_clock_offset(seconds);
        }
        Ok(())
    }
}
